/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RETRY_INFO_H
#define NF_LOAD_BIGTABLE_RETRY_INFO_H

#include <stddef.h>
#include <stdint.h>

/*
 * google.rpc.RetryInfo: how long a client should wait before a retry.
 */
struct Google__Rpc__Duration;
struct Google__Rpc__Status;

/**
 * retry_info_ms(s):
 * Return the delay of the RetryInfo among the details of ${s} in
 * milliseconds, rounded up, or -1 if absent.
 */
int64_t retry_info_ms(const struct Google__Rpc__Status *s);

/**
 * retry_info_duration_ms(d):
 * Return the milliseconds of a google.protobuf.Duration, rounded up, from 0 to
 * a day and a second; 0 for NULL.
 */
int64_t retry_info_duration_ms(const struct Google__Rpc__Duration *d);

#endif /* !NF_LOAD_BIGTABLE_RETRY_INFO_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_RETRYINFO_H
#define NF_LOAD_RETRYINFO_H

#include <stddef.h>
#include <stdint.h>

/*
 * google.rpc.RetryInfo: how long a server wants not to be asked again.
 */
struct Google__Rpc__Status;

/**
 * retryinfo_ms(s):
 * Return the delay of the RetryInfo among the details of ${s} in
 * milliseconds, rounded up, or -1 if there is none.
 */
int64_t retryinfo_ms(const struct Google__Rpc__Status *s);

#endif /* !NF_LOAD_RETRYINFO_H */

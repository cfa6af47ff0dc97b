/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_FILTER_H
#define NF_LOAD_BIGTABLE_BT_FILTER_H

#include <grpc/slice.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A target_read as a packed ReadRowsRequest.
 */
struct err;
struct target_range;
struct target_read;

/**
 * bt_filter_request(r, range, n, limit, name, app_profile, message, e):
 * Pack the request for the ${n} ranges at ${range} (0: all rows) and at most
 * ${limit} rows (0: all) of table ${name}.  Return 0 or -1 (no memory).
 */
int bt_filter_request(const struct target_read *r,
    const struct target_range *range, size_t n, uint64_t limit,
    const char *name, const char *app_profile, grpc_slice *message,
    struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BT_FILTER_H */

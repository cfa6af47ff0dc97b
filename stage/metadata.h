/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_METADATA_H
#define NF_STAGE_METADATA_H

#include <stddef.h>

/*
 * Custom metadata from the command line.
 */
#define METADATA_MAX ((size_t)16 << 10) /* Cloud Storage allows 8 KiB */

struct buf;
struct err;
struct opt_list;

/**
 * metadata_parse(l, out, e):
 * Append the KEY=VALUE strings of ${l} to ${out} as members of a JSON object.
 * Return 0 or -1 (ERR_USAGE).
 */
int metadata_parse(const struct opt_list *l, struct buf *out, struct err *e);

#endif /* !NF_STAGE_METADATA_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_FIELDS_H
#define NF_STAGE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reading the members of the small documents of a run (receipts, manifest,
 * run.json).  They are read with the scanner, not with jansson, so that the
 * text of a cursor is preserved byte for byte.
 */
struct err;
struct scan;

/**
 * fields_u64(s, t, key, v, e), fields_i64(...), fields_crc(...):
 * Store member ${key} of object ${t}: a number of 0 to INT64_MAX; a CRC32C
 * as 8 hex digits.  Return 0, or -1 with ERR_DATA (code bad_document) if the
 * member is absent or has another type.
 */
int fields_u64(const struct scan *s, uint32_t t, const char *key, uint64_t *v,
    struct err *e);
int fields_i64(const struct scan *s, uint32_t t, const char *key, int64_t *v,
    struct err *e);
int fields_crc(const struct scan *s, uint32_t t, const char *key, uint32_t *v,
    struct err *e);

/**
 * fields_text(s, t, key, out, size, e):
 * Copy string member ${key} (null or absent: "") to ${out} of ${size} bytes.
 * Return 0 or -1 as above.
 */
int fields_text(const struct scan *s, uint32_t t, const char *key, char *out,
    size_t size, struct err *e);

#endif /* !NF_STAGE_FIELDS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_PTR_H
#define NF_LIB_JSON_PTR_H

#include <stddef.h>
#include <stdint.h>

/*
 * JSON Pointer (RFC 6901) over scanned tokens.
 */
struct err;
struct ptr;
struct scan;

#define PTR_NO_INDEX UINT32_MAX

/**
 * ptr_parse(text, e):
 * Compile the pointer ${text}, which is "" for the whole document or begins
 * with "/".  Return it, to be freed with ptr_free, or NULL with ERR_CONFIG.
 */
struct ptr *ptr_parse(const char *text, struct err *e);

/**
 * ptr_free(p):
 * Free ${p}; NULL is fine.
 */
void ptr_free(struct ptr *p);

/**
 * ptr_text(p):
 * Return the text that ${p} was parsed from, valid as long as ${p}.
 */
const char *ptr_text(const struct ptr *p);

/**
 * ptr_find(p, s, t):
 * Follow ${p} from token ${t} of ${s}.  Return the token of the value, or
 * SCAN_NOT_FOUND ("-", the item after the last, is never found).
 */
uint32_t ptr_find(const struct ptr *p, const struct scan *s, uint32_t t);

/**
 * ptr_index(p, n):
 * Return the index of an item that the ${n} bytes at ${p} are (RFC 6901 section
 * 4: "0", or digits without a leading zero), or PTR_NO_INDEX.
 */
uint32_t ptr_index(const char *p, size_t n);

#endif /* !NF_LIB_JSON_PTR_H */

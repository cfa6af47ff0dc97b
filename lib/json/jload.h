/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_JLOAD_H
#define NF_LIB_JSON_JLOAD_H

#include <jansson.h>
#include <stddef.h>

/*
 * Reading and writing JSON with jansson, with a check for lack of memory:
 * when its buffer cannot grow, jansson drops a byte of the text and continues.
 */
struct err;

/**
 * jload_bytes(p, n, flags, why, e):
 * As json_loadb(${p}, ${n}, ${flags}, ${why}).  Return the document, or NULL.
 * If memory ran out, ${e} is filled (ERR_IO).  Otherwise ${e} is unchanged and
 * ${why} (which may be NULL) says what is wrong with the text.
 */
json_t *jload_bytes(const void *p, size_t n, size_t flags, json_error_t *why,
    struct err *e);

/**
 * jload_text(j, flags, e):
 * As json_dumps(${j}, ${flags}), which does not report that its buffer could
 * not grow either.  Return the text, to be freed by the caller, or NULL
 * (ERR_IO).
 */
char *jload_text(const json_t *j, size_t flags, struct err *e);

#endif /* !NF_LIB_JSON_JLOAD_H */

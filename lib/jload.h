/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JLOAD_H
#define NF_LIB_JLOAD_H

#include <stddef.h>

#include <jansson.h>

/*
 * Reading JSON with jansson, whose lexer drops a byte of the text when its
 * buffer cannot grow, and goes on.
 */
struct err;

/**
 * jload_bytes(p, n, flags, why, e):
 * As json_loadb(${p}, ${n}, ${flags}, ${why}).  Return the document, or NULL:
 * ${e} tells that memory ran out while it was read (ERR_IO), or is as it was
 * and ${why} (which may be NULL) tells what is wrong with the text.
 */
json_t *jload_bytes(const void *p, size_t n, size_t flags, json_error_t *why,
    struct err *e);

#endif /* !NF_LIB_JLOAD_H */

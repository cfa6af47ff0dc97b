/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_UTF8_H
#define NF_LIB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 (RFC 3629), and the escapes in JSON strings (RFC 8259 section 7).
 */
struct buf;

/**
 * utf8_sequence(p, n):
 * Return the length (1 to 4) of the sequence at ${p}, where ${n} > 0 bytes
 * can be read, or 0 if it is not UTF-8.
 */
size_t utf8_sequence(const uint8_t *p, size_t n);

/**
 * utf8_valid(p, n):
 * Return true if the ${n} bytes at ${p} are UTF-8.
 */
bool utf8_valid(const void *p, size_t n);

/**
 * utf8_blank(p, n) / utf8_blank_before(p, n):
 * Return the length of the blank character (Unicode's White_Space) at the
 * beginning or end of the ${n} bytes at ${p}; 0 if absent.
 */
size_t utf8_blank(const uint8_t *p, size_t n);
size_t utf8_blank_before(const uint8_t *p, size_t n);

/**
 * utf8_escape_length(p, n):
 * Return the length of the JSON escape at ${p}, a backslash, where ${n} bytes
 * can be read.  A surrogate pair counts as one escape.  Return 0 if it is
 * invalid or a lone surrogate.
 */
size_t utf8_escape_length(const uint8_t *p, size_t n);

/**
 * utf8_unescape(p, out):
 * Append the character of the valid escape at ${p} as UTF-8; return the length
 * of the escape.
 */
size_t utf8_unescape(const uint8_t *p, struct buf *out);

#endif /* !NF_LIB_BASE_UTF8_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_JSONW_H
#define NF_LIB_JSON_JSONW_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writing JSON into a buffer, piece by piece.
 */
struct buf;

/* The longest escape. */
#define JSONW_ESCAPE 6

/**
 * jsonw_escape(to, c):
 * Write the escape of ${c}, which is a quote, a backslash or a control
 * character, to ${to}, which has JSONW_ESCAPE bytes.  All tools use the same
 * escapes.  Return its length.
 */
size_t jsonw_escape(uint8_t *to, uint8_t c);

/**
 * jsonw_string(b, p, n) / jsonw_cstring(b, s):
 * Append ${n} bytes of UTF-8 as a JSON string with quotes.  Control
 * characters, quote and backslash are escaped; bytes that are not UTF-8
 * become U+FFFD, so the result is always valid JSON.
 */
void jsonw_string(struct buf *b, const void *p, size_t n);
void jsonw_cstring(struct buf *b, const char *s);

/**
 * jsonw_member(b, key), jsonw_str(b, key, value), jsonw_u64(b, key, v),
 * jsonw_i64(b, key, v), jsonw_bool(b, key, v), jsonw_raw(b, key, p, n):
 * Append a member of an object, with a comma before it unless the buffer
 * ends in '{'.  jsonw_member appends only the key and its colon; the others
 * add a string (NULL: null), a number, a boolean, or ${n} bytes of JSON.
 */
void jsonw_member(struct buf *b, const char *key);
void jsonw_str(struct buf *b, const char *key, const char *value);
void jsonw_u64(struct buf *b, const char *key, uint64_t v);
void jsonw_i64(struct buf *b, const char *key, int64_t v);
void jsonw_bool(struct buf *b, const char *key, int v);
void jsonw_raw(struct buf *b, const char *key, const void *p, size_t n);

/**
 * jsonw_compact(b, p, n):
 * Append the ${n} bytes of JSON at ${p} without the white space between
 * tokens.
 */
void jsonw_compact(struct buf *b, const void *p, size_t n);

#endif /* !NF_LIB_JSON_JSONW_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_EMIT_H
#define NF_TRANSFORM_RECORD_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/buf.h"

/*
 * Appending to the output on the hot path: buf_append without a call.  A
 * failed buffer is noticed later, with a single check of ${failed}.
 */

/* Bytes that must be readable after what emit_put copies. */
#define EMIT_PAD 16

/**
 * emit_room(b, n):
 * Return true if there is room for ${n} more bytes.
 */
static inline bool
emit_room(struct buf *b, size_t n)
{

	return (n < b->cap - b->len || buf_reserve(b, n) == 0);
}

/**
 * emit_copy(to, p, n):
 * Copy ${n} bytes in steps of 16; up to EMIT_PAD more bytes may be read and
 * written.
 */
static inline void
emit_copy(uint8_t *to, const void *from, size_t n)
{
	const uint8_t *p = from;
	size_t i;

	if (n > 256) {
		memcpy(to, p, n);
		return;
	}
	for (i = 0; i < n; i += 16)
		memcpy(to + i, p + i, 16);
}

/**
 * emit_put(b, p, n):
 * Append ${n} bytes at ${p}, which has EMIT_PAD readable bytes after it: a
 * slice of a record, of a buffer, of a pool.
 */
static inline void
emit_put(struct buf *b, const void *p, size_t n)
{

	if (!emit_room(b, n))
		return;
	emit_copy(b->data + b->len, p, n);
	b->len += n;
}

/**
 * emit_quoted(b, p, n):
 * The same with a quote before and after.
 */
static inline void
emit_quoted(struct buf *b, const void *p, size_t n)
{

	if (!emit_room(b, n + 2))
		return;
	b->data[b->len] = '"';
	emit_copy(b->data + b->len + 1, p, n);
	b->data[b->len + 1 + n] = '"';
	b->len += n + 2;
}

/**
 * emit_char(b, c):
 * Append one byte.
 */
static inline void
emit_char(struct buf *b, char c)
{

	if (emit_room(b, 1))
		b->data[b->len++] = (uint8_t)c;
}

#endif /* !NF_TRANSFORM_RECORD_EMIT_H */

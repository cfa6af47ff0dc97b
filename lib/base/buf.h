/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BUF_H
#define NF_LIB_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "err.h"

/*
 * A growable byte buffer with a maximum size.  A failed append (no memory,
 * over the maximum) is remembered: later appends do nothing, so one check of
 * ${failed} after a series of appends is enough.  BUF_PAD bytes after the
 * data may be read, but their values mean nothing; the scanner needs them.
 */
#define BUF_PAD 64

struct buf {
	uint8_t *data; /* NULL until something is appended */
	size_t len;
	size_t cap; /* without the padding */
	size_t max;
	bool failed;
	bool over; /* it failed at the maximum, not for lack of memory */
	bool secret; /* memory is wiped before it is freed */
};

/**
 * buf_init(b, max), buf_init_secret(b, max):
 * Make ${b} an empty buffer that never holds more than ${max} bytes.
 * buf_init_secret makes one for secrets: memory that it gives up when it
 * grows or is freed is wiped.
 */
void buf_init(struct buf *b, size_t max);
void buf_init_secret(struct buf *b, size_t max);

/**
 * buf_free(b):
 * Free the memory of ${b}, which is then empty and can be used again.
 */
void buf_free(struct buf *b);

/**
 * buf_reset(b):
 * Empty ${b} and clear a failure; keep its memory.
 */
void buf_reset(struct buf *b);

/**
 * buf_reserve(b, n):
 * Make room for ${n} more bytes at ${b}->data + ${b}->len.  Return 0, or -1
 * with ${b}->failed set.
 */
int buf_reserve(struct buf *b, size_t n);

/**
 * buf_append(b, p, n), buf_puts(b, s), buf_putc(b, c), buf_u64(b, v),
 * buf_i64(b, v), buf_printf(b, fmt, ...), buf_vprintf(b, fmt, ap):
 * Append ${n} bytes at ${p}, a string, a byte, a decimal number, or formatted
 * text.  Return 0, or -1 with ${b}->failed set.  buf_append_grow is the slow
 * path of buf_append, for when the buffer may have to grow.
 */
int buf_append_grow(struct buf *b, const void *p, size_t n);
int buf_puts(struct buf *b, const char *s);
int buf_u64(struct buf *b, uint64_t v);
int buf_i64(struct buf *b, int64_t v);
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Inline, because every cell of every record passes through these two. */
static inline int
buf_append(struct buf *b, const void *p, size_t n)
{

	if (n == 0 || n > b->cap - b->len || b->failed)
		return (buf_append_grow(b, p, n));
	memcpy(b->data + b->len, p, n);
	b->len += n;
	return (0);
}

static inline int
buf_putc(struct buf *b, int c)
{
	uint8_t byte = (uint8_t)c;

	return (buf_append(b, &byte, 1));
}

/**
 * buf_cstr(b):
 * Return the data of ${b} as a string with a NUL after it, valid until the
 * next call on ${b}; NULL if there is no memory.
 */
const char *buf_cstr(struct buf *b);

/**
 * buf_fits(b, class, what, e):
 * Return 0 if no append to ${b} failed, else -1: ${class} ("${what} is too
 * long") or no memory.
 */
int buf_fits(const struct buf *b, enum err_class class, const char *what,
    struct err *e);

/**
 * buf_consume(b, n):
 * Drop the first ${n} bytes (at most ${b}->len).
 */
void buf_consume(struct buf *b, size_t n);

#endif /* !NF_LIB_BASE_BUF_H */

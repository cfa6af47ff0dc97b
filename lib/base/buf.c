/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void
buf_init(struct buf *b, size_t max)
{

	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_init_secret(struct buf *b, size_t max)
{

	buf_init(b, max);
	b->secret = true;
}

void
buf_free(struct buf *b)
{
	bool secret = b->secret;

	if (secret && b->data != NULL)
		explicit_bzero(b->data, b->cap + BUF_PAD);
	free(b->data);
	buf_init(b, b->max);
	b->secret = secret;
}

void
buf_reset(struct buf *b)
{

	b->len = 0;
	b->failed = b->over = false;
}

/* As realloc of the data; memory that held a secret is wiped. */
static uint8_t *
resize_data(struct buf *b, size_t size)
{
	uint8_t *p;

	if (!b->secret || b->data == NULL)
		return (realloc(b->data, size));
	p = malloc(size);
	if (p == NULL)
		return (NULL);
	memcpy(p, b->data, b->len);
	explicit_bzero(b->data, b->cap + BUF_PAD);
	free(b->data);
	return (p);
}

int
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;
	uint8_t *p;

	assert(b->len <= b->cap && b->cap <= b->max);
	if (b->failed)
		return (-1);
	if (n <= b->cap - b->len && b->data != NULL)
		return (0);
	if (n > b->max || b->len > b->max - n) {
		b->failed = b->over = true;
		return (-1);
	}
	cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
	if (cap > b->max)
		cap = b->max;
	while (cap < b->len + n)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > SIZE_MAX - BUF_PAD ||
	    (p = resize_data(b, cap + BUF_PAD)) == NULL) {
		b->failed = true;
		return (-1);
	}
	assert(cap >= b->len + n && cap <= b->max);
	/* Padding is read but never used; only that at the end is cleared. */
	memset(p + cap, 0, BUF_PAD);
	b->data = p;
	b->cap = cap;
	return (0);
}

int
buf_append_grow(struct buf *b, const void *p, size_t n)
{

	if (buf_reserve(b, n) == -1)
		return (-1);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	return (0);
}

int
buf_puts(struct buf *b, const char *s)
{

	return (buf_append(b, s, strlen(s)));
}

int
buf_u64(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	return (buf_append(b, digits + i, sizeof(digits) - i));
}

int
buf_i64(struct buf *b, int64_t v)
{

	if (v >= 0)
		return (buf_u64(b, (uint64_t)v));
	buf_putc(b, '-');
	return (buf_u64(b, 0 - (uint64_t)v));
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return (-1);
	}
	/* One more byte for the NUL, which is not counted. */
	if (buf_reserve(b, (size_t)n + 1) == -1)
		return (-1);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return (0);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return (rc);
}

const char *
buf_cstr(struct buf *b)
{

	if (b->failed || (b->data == NULL && buf_reserve(b, 0) == -1))
		return (NULL);
	b->data[b->len] = '\0'; /* there is always the padding */
	return ((const char *)b->data);
}

int
buf_fits(const struct buf *b, enum err_class class, const char *what,
    struct err *e)
{

	if (!b->failed)
		return (0);
	return (b->over ? err_set(e, class, "%s is too long", what) :
	    err_nomem(e));
}

void
buf_consume(struct buf *b, size_t n)
{

	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

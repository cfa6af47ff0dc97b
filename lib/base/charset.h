/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_CHARSET_H
#define NF_LIB_BASE_CHARSET_H

#include <stddef.h>

/*
 * Other encodings of text than UTF-8, as servers still send them, into it.
 */
struct buf;
struct err;

enum charset {
	CHARSET_UNKNOWN,
	CHARSET_UTF8,   /* or ASCII */
	CHARSET_LATIN1, /* ISO-8859-1; 0x80 to 0x9f as windows-1252 has them */
	CHARSET_LATIN9, /* ISO-8859-15 */
	CHARSET_WINDOWS1252,
	CHARSET_UTF16, /* a byte order mark says which; else BE */
	CHARSET_UTF16LE,
	CHARSET_UTF16BE
};

/**
 * charset_find(name, n):
 * Return the charset that the ${n} bytes at ${name} name, in any case, with
 * or without '-', '_' and ' '.
 */
enum charset charset_find(const char *name, size_t n);

/**
 * charset_guess(p, n):
 * Return which UTF-16 the ${n} bytes at ${p}, of which the first two
 * characters are ASCII or a byte order mark, are in; CHARSET_UTF8 if none.
 */
enum charset charset_guess(const void *p, size_t n);

/**
 * charset_decode(c, p, n, out, e):
 * Append to ${out} the ${n} bytes at ${p} as UTF-8, without a byte order
 * mark.  Return 0, or -1 with code bad_charset: ERR_DATA for what ${c} does
 * not have, ERR_TEMP if the end is missing; ${out} may have failed.
 */
int charset_decode(enum charset c, const void *p, size_t n, struct buf *out,
    struct err *e);

#endif /* !NF_LIB_BASE_CHARSET_H */

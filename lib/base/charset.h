/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_CHARSET_H
#define NF_LIB_BASE_CHARSET_H

#include <stddef.h>

/*
 * Conversion to UTF-8 from other encodings that servers still send.
 */
struct buf;
struct err;

enum charset {
	CHARSET_UNKNOWN,
	CHARSET_UTF8,   /* or ASCII */
	CHARSET_LATIN1, /* ISO-8859-1; 0x80 to 0x9f as in windows-1252 */
	CHARSET_LATIN9, /* ISO-8859-15 */
	CHARSET_WINDOWS1252,
	CHARSET_UTF16, /* byte order from the mark; BE without one */
	CHARSET_UTF16LE,
	CHARSET_UTF16BE
};

/**
 * charset_find(name, n):
 * Return the charset whose name is the ${n} bytes at ${name}; case, '-', '_'
 * and ' ' are ignored.
 */
enum charset charset_find(const char *name, size_t n);

/**
 * charset_guess(p, n):
 * Return which kind of UTF-16 the ${n} bytes at ${p} are, judged by the first
 * two characters, which are ASCII or a byte order mark; CHARSET_UTF8 if they
 * are not UTF-16.
 */
enum charset charset_guess(const void *p, size_t n);

/**
 * charset_decode(c, p, n, out, e):
 * Append the ${n} bytes at ${p} to ${out} as UTF-8, without a byte order
 * mark.  Return 0, or -1 with code bad_charset: ERR_DATA for bytes that are
 * not valid in ${c}, ERR_TEMP if the end is missing.  The caller checks
 * whether ${out} failed.
 */
int charset_decode(enum charset c, const void *p, size_t n, struct buf *out,
    struct err *e);

#endif /* !NF_LIB_BASE_CHARSET_H */

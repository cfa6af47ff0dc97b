/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_URL_H
#define NF_FETCH_SOURCE_URL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * URLs (RFC 3986) as texts: resolving, comparing origins, setting query
 * parameters.
 */
struct buf;
struct err;

/**
 * url_resolve(base, ref, len, out, e):
 * Resolve the ${len} bytes at ${ref}, a URL or a relative reference as a
 * server sent it, against ${base} and append the result to ${out}; blanks and
 * non-ASCII bytes are percent-encoded, a fragment is dropped.  Return 0, or
 * -1: ERR_DATA (code bad_url) if it is not a URL or has control characters.
 */
int url_resolve(const char *base, const char *ref, size_t len,
    struct buf *out, struct err *e);

/**
 * url_leads(url):
 * Return the length in bytes of scheme, host and port in the template ${url}
 * if only a variable named by a JSON Pointer follows them; else 0.
 */
size_t url_leads(const char *url);

/**
 * url_rebase(url, base, out):
 * Append scheme, host and port of ${base}, followed by the rest of ${url};
 * both are absolute.
 */
void url_rebase(const char *url, const char *base, struct buf *out);

/**
 * url_check(url, e):
 * Return 0 if ${url} is an absolute http or https URL without user info,
 * else -1 with ERR_CONFIG.
 */
int url_check(const char *url, struct err *e);

/**
 * url_file(url, path):
 * Return whether ${url} names a file: "-" (stdin), a path, or file:// with no
 * host or the local one.  If so, append its path to ${path}; false means
 * another scheme or host.
 */
bool url_file(const char *url, struct buf *path);

/**
 * url_origin(url, out):
 * Append scheme://host:port of ${url}, always with the port.  Return 0, or -1
 * if it has no origin.
 */
int url_origin(const char *url, struct buf *out);

/**
 * url_same_origin(a, b):
 * Return true if ${a} and ${b} have the same scheme, host and port.
 */
bool url_same_origin(const char *a, const char *b);

/**
 * url_is_https(url):
 * Return true if the scheme is https.
 */
bool url_is_https(const char *url);

/**
 * url_set_param(url, name, value, len, out):
 * Append ${url} to ${out} with query parameter ${name} (plain text) set to the
 * ${len} bytes at ${value}: an existing one of that name is removed.  If
 * ${value} is NULL, it is only removed.
 */
void url_set_param(const char *url, const char *name, const void *value,
    size_t len, struct buf *out);

/**
 * url_add_param(url, name, value, len, out):
 * The same, but existing parameters of that name stay: this adds another.
 */
void url_add_param(const char *url, const char *name, const void *value,
    size_t len, struct buf *out);

/**
 * url_has_param(url, name):
 * Return true if the query of ${url} has a parameter ${name}.
 */
bool url_has_param(const char *url, const char *name);

/**
 * url_counts(url):
 * Return true if the query of ${url} gives a page or an offset as a number
 * (page=7): such a URL leads to other records once the list has changed.
 */
bool url_counts(const char *url);

#endif /* !NF_FETCH_SOURCE_URL_H */

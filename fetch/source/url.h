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
 * Append to ${out} what the ${len} bytes at ${ref}, a URL or a relative
 * reference as a server sent it, mean at ${base}; blanks and bytes outside
 * of ASCII are percent-encoded, a fragment is dropped.  Return 0, or -1:
 * ERR_DATA (code bad_url) if it is not a URL or has control characters.
 */
int url_resolve(const char *base, const char *ref, size_t len,
    struct buf *out, struct err *e);

/**
 * url_leads(url):
 * Return how many bytes of the template ${url} are scheme, host and port if a
 * variable with the name of a JSON Pointer, and nothing else, comes after
 * them; else 0.
 */
size_t url_leads(const char *url);

/**
 * url_rebase(url, base, out):
 * Append scheme, host and port of ${base} and what follows them in ${url},
 * both absolute.
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
 * Does ${url} name a file: "-" (stdin), a path, or file:// with none but the
 * local host?  Append its path to ${path} and return true if so, false for
 * another scheme.
 */
bool url_file(const char *url, struct buf *path);

/**
 * url_origin(url, out):
 * Append scheme://host:port of ${url}, the port always written.  Return 0,
 * or -1 if it has none.
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
 * Append ${url} to ${out} with query parameter ${name} (plain text) set to
 * the ${len} bytes at ${value}: an earlier one of that name is taken out.
 * With ${value} NULL it is only taken out.
 */
void url_set_param(const char *url, const char *name, const void *value,
    size_t len, struct buf *out);

/**
 * url_add_param(url, name, value, len, out):
 * The same, but what is there of that name stays: it is one more.
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
 * Return true if the query of ${url} names a page or an offset by number
 * (page=7): such a URL means other records once the list has changed.
 */
bool url_counts(const char *url);

#endif /* !NF_FETCH_SOURCE_URL_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_READ_H
#define NF_FETCH_SOURCE_SOURCE_READ_H

/*
 * The members of a source that are objects with their own rules; only source.c
 * uses this.
 */
struct auth_spec;
struct config;
struct err;
struct paginate_spec;
struct place;
struct ptr;
struct timeouts_spec;
struct window_spec;

/**
 * source_read_paginate(top, p, e), source_read_auth(top, a, e),
 * source_read_window(top, w, e):
 * Read "paginate", "auth", "window" of ${top}; if it is missing, keep the
 * current values.  Return 0, or -1 with ERR_CONFIG.
 */
int source_read_paginate(const struct config *top, struct paginate_spec *p,
    struct err *e);
int source_read_auth(const struct config *top, struct auth_spec *a,
    struct err *e);
int source_read_window(const struct config *top, struct window_spec *w,
    struct err *e);

/**
 * source_read_secret(c, key, v, e):
 * Read member ${key} of ${c}, which names a secret (secret.h).  Return 0, or
 * -1 with ERR_CONFIG.
 */
int source_read_secret(const struct config *c, const char *key,
    const char **v, struct err *e);

/**
 * source_read_place(c, key, p, e):
 * Read member ${key} of ${c}, a JSON Pointer or the name of a header.  Return
 * 0, or -1 with ERR_CONFIG.
 */
int source_read_place(const struct config *c, const char *key,
    struct place *p, struct err *e);

/**
 * source_read_ptr(c, key, p, e):
 * Same as config_get_ptr, but an index that counts from the end, as in other
 * notations, is rejected with advice.
 */
int source_read_ptr(const struct config *c, const char *key, struct ptr **p,
    struct err *e);

/**
 * source_read_timeouts(top, t, e):
 * Read "timeouts" into ${t}.  Return 0 or -1.
 */
int source_read_timeouts(const struct config *top, struct timeouts_spec *t,
    struct err *e);

#endif /* !NF_FETCH_SOURCE_SOURCE_READ_H */

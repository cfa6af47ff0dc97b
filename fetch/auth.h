/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_AUTH_H
#define NF_FETCH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Credentials of an API: how they are got, kept fresh, and put into a
 * request.  They go to the origin of the source only.
 */
struct auth;
struct buf;
struct cookies;
struct err;
struct redact;
struct http_conf;
struct request;
struct source;

/**
 * auth_new(s, conf, idle, hidden, jar, e):
 * Get ready the credentials of source ${s} (borrowed), by ${conf} where
 * requests are needed; ${idle}: they will not be used, and may be missing.
 * Each is made known to ${hidden} (borrowed).  Reads secrets, sends nothing
 * yet; a login's cookies go to ${jar} (borrowed).  Return them, to be freed,
 * or NULL: ERR_CONFIG, ERR_PERM.
 */
struct auth *auth_new(const struct source *s, const struct http_conf *conf,
    bool idle, struct redact *hidden, struct cookies *jar,
    struct err *e);
void auth_free(struct auth *a);

/**
 * auth_apply(a, r, e):
 * Put credentials into request ${r}, fetching a token if need be (with
 * retries).  Return 0 or -1: ERR_PERM (refused), ERR_TEMP, ERR_CONFIG.
 */
int auth_apply(struct auth *a, struct request *r, struct err *e);

/**
 * auth_token(a):
 * Return the number of the credentials that auth_apply put in last.
 */
uint64_t auth_token(const struct auth *a);

/**
 * auth_refused(a, token):
 * The API answered 401 to credentials number ${token}.  Return true if the
 * next auth_apply brings others: those are not the newest, or a token is
 * fetched or read anew, but not twice without a success (auth_worked)
 * between.
 */
bool auth_refused(struct auth *a, uint64_t token);
void auth_worked(struct auth *a, uint64_t token);

/**
 * auth_expires(a), auth_has_worked(a, token):
 * Return whether credentials are such that others take their place; and
 * whether those with number ${token} have let a request in.
 */
bool auth_expires(const struct auth *a);
bool auth_has_worked(const struct auth *a, uint64_t token);

#endif /* !NF_FETCH_AUTH_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_AUTH_H
#define NF_FETCH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Credentials of an API: getting them, keeping them fresh, and adding them to
 * a request.  They are sent only to the origin of the source.
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
 * Prepare the credentials of source ${s} (borrowed), using ${conf} for the
 * requests that this needs.  ${idle}: the credentials will not be used, and
 * may be missing.  Each one is added to ${hidden} (borrowed).  Reads secrets,
 * but sends nothing yet; the cookies of a login go to ${jar} (borrowed).
 * Return the credentials, to be freed, or NULL: ERR_CONFIG, ERR_PERM.
 */
struct auth *auth_new(const struct source *s, const struct http_conf *conf,
    bool idle, struct redact *hidden, struct cookies *jar,
    struct err *e);
void auth_free(struct auth *a);

/**
 * auth_apply(a, r, e):
 * Add credentials to request ${r}; fetch a token first if needed (with
 * retries).  Return 0 or -1: ERR_PERM (refused), ERR_TEMP, ERR_CONFIG.
 */
int auth_apply(struct auth *a, struct request *r, struct err *e);

/**
 * auth_token(a):
 * Return the number of the credentials that auth_apply used last.
 */
uint64_t auth_token(const struct auth *a);

/**
 * auth_refused(a, token):
 * The API answered 401 to credentials number ${token}.  Return true if the
 * next auth_apply will use different ones: either newer ones exist, or a token
 * is fetched or read again.  It is not fetched or read twice without a success
 * (auth_worked) in between.
 */
bool auth_refused(struct auth *a, uint64_t token);
void auth_worked(struct auth *a, uint64_t token);

/**
 * auth_expires(a), auth_has_worked(a, token):
 * Return whether the credentials expire and are then replaced; and whether
 * those with number ${token} have been accepted for a request.
 */
bool auth_expires(const struct auth *a);
bool auth_has_worked(const struct auth *a, uint64_t token);

#endif /* !NF_FETCH_AUTH_H */

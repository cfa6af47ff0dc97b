/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_LOGIN_H
#define NF_FETCH_SOURCE_SOURCE_LOGIN_H

/*
 * "auth" of type "login": the request that is sent first, for a token or a
 * cookie.
 */
struct auth_spec;
struct config;
struct err;
struct source;

/**
 * source_login_load(top, a, e) / source_login_free(a):
 * Read the login of ${a}, whose type is already known, from the source ${top}.
 * Return 0, or -1 with ERR_CONFIG.
 */
int source_login_load(const struct config *top, struct auth_spec *a,
    struct err *e);
void source_login_free(struct auth_spec *a);

/**
 * source_login_check(s, top, e):
 * Return 0 if ${s} has no login, or one that can be sent and used, else -1
 * with ERR_CONFIG.
 */
int source_login_check(const struct source *s, const struct config *top,
    struct err *e);

#endif /* !NF_FETCH_SOURCE_SOURCE_LOGIN_H */

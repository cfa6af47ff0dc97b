/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_LOGIN_H
#define NF_FETCH_LOGIN_H

/*
 * A request that is made first: what it answers, a token or a cookie, lets the
 * others in.
 */
struct auth_spec;
struct cookies;
struct err;
struct http;
struct redact;
struct token;

/**
 * login_run(t, spec, h, jar, hidden, e):
 * Log in as ${spec} says, with retries: set ${t} to the token, or ${jar} to
 * the cookies of the answer.  Secrets, token and cookies are made known to
 * ${hidden}.  Return 0 or -1: ERR_PERM (code no_token) if the server refuses
 * or gives none, ERR_TEMP, ERR_CONFIG.
 */
int login_run(struct token *t, const struct auth_spec *spec, struct http *h,
    struct cookies *jar, struct redact *hidden, struct err *e);

#endif /* !NF_FETCH_LOGIN_H */

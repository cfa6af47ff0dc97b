/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_LOGIN_H
#define NF_FETCH_LOGIN_H

/*
 * A login request that is sent first: its response, a token or a cookie,
 * authorizes the others.
 */
struct auth_spec;
struct cookies;
struct err;
struct http;
struct redact;
struct token;

/**
 * login_run(t, spec, h, jar, hidden, e):
 * Log in as ${spec} says, with retries: set ${t} to the token, or store the
 * cookies of the response in ${jar}.  Secrets, token and cookies are added to
 * ${hidden}.  Return 0 or -1: ERR_PERM (code no_token) if the server refuses
 * or gives none, ERR_TEMP, ERR_CONFIG.
 */
int login_run(struct token *t, const struct auth_spec *spec, struct http *h,
    struct cookies *jar, struct redact *hidden, struct err *e);

#endif /* !NF_FETCH_LOGIN_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TOKEN_H
#define NF_FETCH_TOKEN_H

#include <stdint.h>

#include "lib/base/buf.h"

/*
 * Tokens that a server gives: OAuth2 access tokens (RFC 6749 sections 4.4
 * and 6) and Google ID tokens of the metadata server.
 */
struct auth_spec;
struct err;
struct http;

struct token {
	struct buf text;
	struct buf refresh; /* the refresh token in force; may be empty */
	int64_t expires_ms; /* clock_mono_ms at which to get another; 0: none */
};

/**
 * token_init(t) / token_free(t):
 * No token yet.  Its memory is wiped when it is freed.
 */
void token_init(struct token *t);
void token_free(struct token *t);

/**
 * token_oauth2(t, spec, h, e), token_google_id(t, spec, h, e):
 * Get a new token, with retries.  Return 0 or -1: ERR_PERM if the server
 * refuses, ERR_TEMP, ERR_CONFIG.
 */
int token_oauth2(struct token *t, const struct auth_spec *spec,
    struct http *h, struct err *e);
int token_google_id(struct token *t, const struct auth_spec *spec,
    struct http *h, struct err *e);

#endif /* !NF_FETCH_TOKEN_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TOKEN_H
#define NF_FETCH_TOKEN_H

#include <stdint.h>

#include "lib/base/buf.h"

/*
 * Tokens issued by a server: OAuth2 access tokens (RFC 6749 sections 4.4 and
 * 6) and Google ID tokens of the metadata server.
 */
struct auth_spec;
struct err;
struct http;
struct http_request;
struct http_response;

struct token {
	struct buf text;
	struct buf refresh; /* the current refresh token; may be empty */
	int64_t expires_ms; /* clock_mono_ms to replace it; 0: never */
};

/**
 * token_init(t) / token_free(t):
 * Start without a token.  Its memory is wiped when it is freed.
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

/* Which responses grant a request: 2xx; or 2xx, 302, 303. */
enum token_grant { TOKEN_2XX, TOKEN_REDIRECTS };

/* Take a token from ${r}, whose body is plain UTF-8.  0 or -1. */
typedef int token_take_fn(void *arg, struct token *t,
    const struct http_response *r, struct err *e);

/**
 * token_request(h, q, t, grant, take, arg, e):
 * Send ${q} until the result is final; pass a granting response to ${take}.
 * Return 0, or -1: ERR_PERM, code no_token, if it is refused; the errors of
 * ${take} and http.h.
 */
int token_request(struct http *h, const struct http_request *q,
    struct token *t, enum token_grant grant, token_take_fn *take, void *arg,
    struct err *e);

/**
 * token_expire(t, seconds):
 * Note that ${t} lives for ${seconds} from now and must be replaced before
 * then; 0: unknown.
 */
void token_expire(struct token *t, int64_t seconds);

#endif /* !NF_FETCH_TOKEN_H */

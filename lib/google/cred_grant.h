/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_GRANT_H
#define NF_LIB_GOOGLE_CRED_GRANT_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * How each kind of credential becomes an access token.  Part of cred.c.
 */
struct err;
struct http;

struct cred_grant {
	struct http *http;
	const char *scope;
	struct buf token; /* the access token */
	int64_t life_s;   /* how long it is good */
};

/**
 * cred_grant_check(conf, e):
 * Look whether ${conf}, a credential file, is of a kind that can be used and
 * names Google's hosts only.  Return 0 or -1 (ERR_CONFIG).
 */
int cred_grant_check(const json_t *conf, struct err *e);

/**
 * cred_grant_file(g, conf, e), cred_grant_metadata(g, e):
 * Fill ${g}->token, emptied before, by means of ${conf}, or from the metadata
 * server.  Return 0 or -1 (ERR_PERM, ERR_TEMP, ERR_CONFIG).
 */
int cred_grant_file(struct cred_grant *g, const json_t *conf, struct err *e);
int cred_grant_metadata(struct cred_grant *g, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_GRANT_H */

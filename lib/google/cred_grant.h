/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_GRANT_H
#define NF_LIB_GOOGLE_CRED_GRANT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * Getting an access token from each kind of credential.  Part of cred.c.
 */
struct err;
struct http;

/* The scope of a token that is exchanged for another one. */
#define CRED_GRANT_CLOUD "https://www.googleapis.com/auth/cloud-platform"

struct cred_grant {
	struct http *http;
	const char *scope;
	struct buf token; /* the access token */
	int64_t life_s;   /* how long it is valid */
	int64_t wait_ms;  /* delay asked for by a server that refused */
};

/**
 * cred_grant_file(g, conf, e), cred_grant_metadata(g, known, e):
 * Fill ${g}->token, which the caller has emptied, by means of ${conf}, which
 * has passed cred_file_check, or from the metadata server (${known}: see
 * cred_metadata_get).  Make one attempt.  Return 0 or -1 (ERR_PERM, ERR_TEMP,
 * ERR_CONFIG).
 */
int cred_grant_file(struct cred_grant *g, const json_t *conf, struct err *e);
int cred_grant_metadata(struct cred_grant *g, bool known, struct err *e);

/**
 * cred_grant_impersonate(g, conf, e):
 * Exchange ${g}->token, which has the scope CRED_GRANT_CLOUD, for a token of
 * the service account whose service_account_impersonation_url, with delegates,
 * is in ${conf}.  Return 0 or -1.
 */
int cred_grant_impersonate(struct cred_grant *g, const json_t *conf,
    struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_GRANT_H */

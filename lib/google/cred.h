/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_H
#define NF_LIB_GOOGLE_CRED_H

#include <stdbool.h>

/*
 * Google credentials, in the order of Application Default Credentials:
 * GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata server.  One
 * module for Cloud Storage (HTTP) and Bigtable (gRPC).
 */
struct cred;
struct err;
struct http;

/* What is wanted; strings are copied. */
struct cred_conf {
	const char *scope;       /* of OAuth, one URL */
	const char *token_file;  /* tokens are read from there; or NULL */
	const char *impersonate; /* SA[,SA...], the last one is meant; or
				    NULL */
};

/**
 * cred_new(c, h, e):
 * Find credentials for ${c}.  ${h} is used for token requests and stays the
 * caller's; NULL: one is made.  No request is made yet.  Return them or NULL:
 * ERR_CONFIG (a file that is not a credential, names another host or has
 * what is not supported; a variable of a wrong form), ERR_PERM (none found).
 */
struct cred *cred_new(const struct cred_conf *c, struct http *h,
    struct err *e);
void cred_free(struct cred *c);

/**
 * cred_token(c, e):
 * Return an access token; valid until the next call.  It is renewed 225
 * seconds ahead; while that fails, the present one is used until it ends.
 * Without one, one attempt is made, and none too soon after another: a
 * caller retries an ERR_TEMP as it does a failed request.  NULL on error:
 * ERR_PERM, ERR_TEMP, ERR_CONFIG.
 */
const char *cred_token(struct cred *c, struct err *e);

/**
 * cred_refused(c, renewed):
 * A request with a token of ${c} (NULL: it had none) was refused with 401.
 * Return true if it is worth one more, with a new token: the first time, by
 * *${renewed}, which is set.  The next cred_token fetches that.
 */
bool cred_refused(struct cred *c, bool *renewed);

/**
 * cred_expire(c):
 * The token was refused (401): the next cred_token fetches another.
 */
void cred_expire(struct cred *c);

/**
 * cred_quota_project(c):
 * Return the project to bill (header x-goog-user-project), or NULL.
 */
const char *cred_quota_project(const struct cred *c);

#endif /* !NF_LIB_GOOGLE_CRED_H */

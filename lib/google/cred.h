/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_H
#define NF_LIB_GOOGLE_CRED_H

#include <stdbool.h>

/*
 * Google credentials, in the order of Application Default Credentials:
 * GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata server.  Both
 * Cloud Storage (HTTP) and Bigtable (gRPC) use this module.
 */
struct cred;
struct err;
struct http;

/* The credentials to find; strings are copied. */
struct cred_conf {
	const char *scope;       /* of OAuth, one URL */
	const char *token_file;  /* a file to read tokens from, or NULL */
	const char *impersonate; /* SA[,SA...], the last one is the target; or
				    NULL */
};

/**
 * cred_new(c, h, e):
 * Find credentials for ${c}.  ${h} is used for token requests and stays the
 * caller's; NULL: use a new one.  No request is sent yet.  Return the
 * credentials or NULL: ERR_CONFIG (a file that is not a credential, names a
 * host that is not allowed or needs something that is not supported; a variable
 * of the wrong form), ERR_PERM (no credentials found).
 */
struct cred *cred_new(const struct cred_conf *c, struct http *h,
    struct err *e);
void cred_free(struct cred *c);

/**
 * cred_token(c, e):
 * Return an access token, valid until the next call.  It is renewed 225
 * seconds before it expires; if that fails, the current token is used until it
 * expires.  A call makes at most one attempt to get a token, and no attempt too
 * soon after the last: the caller retries an ERR_TEMP as it does a failed
 * request.  Return NULL on error: ERR_PERM, ERR_TEMP, ERR_CONFIG.
 */
const char *cred_token(struct cred *c, struct err *e);

/**
 * cred_refused(c, renewed):
 * A request with a token of ${c} (NULL: without a token) was refused with 401.
 * Return true if a retry with a new token is worthwhile, which is only the
 * first time: *${renewed} records it.  The next cred_token fetches a new token.
 */
bool cred_refused(struct cred *c, bool *renewed);

/**
 * cred_expire(c):
 * The token was refused (401): the next cred_token fetches a new one.
 */
void cred_expire(struct cred *c);

/**
 * cred_quota_project(c):
 * Return the project to bill (header x-goog-user-project), or NULL.
 */
const char *cred_quota_project(const struct cred *c);

#endif /* !NF_LIB_GOOGLE_CRED_H */

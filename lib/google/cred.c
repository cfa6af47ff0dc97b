/* SPDX-License-Identifier: Apache-2.0 */
#include "cred.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cred_file.h"
#include "cred_grant.h"
#include "cred_metadata.h"
#include "cred_post.h"
#include "cred_token_file.h"
#include "lib/base/backoff.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/guard.h"
#include "lib/http/http.h"
#include "lib/report/msg.h"

#define MAX_TOKEN ((size_t)16 << 10)
#define MAX_URL ((size_t)4096)
#define MARGIN_S 225 /* a token is renewed this long before it expires */
#define PAUSE_MS 500 /* between attempts to renew it, doubled ... */
#define PAUSE_CAP_MS 10000 /* ... up to this */
#define IAM "https://iamcredentials.googleapis.com"

/* A token server that hangs must not delay requests in progress. */
#define CONNECT_MS 5000
#define FIRST_BYTE_MS 15000
#define TOTAL_MS 20000

enum source { FROM_TOKEN_FILE, FROM_FILE, FROM_METADATA };

/* For -vv. */
static const char *const kinds[] = {
	[FROM_TOKEN_FILE] = "of the file of tokens",
	[FROM_FILE] = "by the credentials file",
	[FROM_METADATA] = "of the metadata server",
};

struct cred {
	struct cred_grant grant;
	struct http *own; /* made here if the caller's is NULL */
	char *scope;
	char *quota;
	enum source source;
	json_t *conf;  /* FROM_FILE */
	json_t *trade; /* --impersonate: what cred_grant_impersonate reads */
	char *token_path;
	struct cred_token_file token_file;
	struct buf token; /* the current one, or empty */
	int64_t good_ms; /* clock_mono_ms when renewal is due */
	int64_t end_ms;  /* it may be used until then if renewal fails */
	/* after a failure: */
	struct backoff pause;
	int64_t again_ms; /* no attempt before this time */
	struct err why;
	bool known;  /* a token was received before */
	bool warned; /* about a failed renewal */
};

/* The path of gcloud's file; false if it is not known. */
static bool
find_gcloud_path(char *path, size_t size)
{
	const char *dir = getenv("CLOUDSDK_CONFIG"), *home = getenv("HOME");
	const char *name = "application_default_credentials.json";
	int n;

	if (dir != NULL && *dir != '\0')
		n = snprintf(path, size, "%s/%s", dir, name);
	else if (home != NULL && *home != '\0')
		n = snprintf(path, size, "%s/.config/gcloud/%s", home, name);
	else
		return (false);
	return (n > 0 && (size_t)n < size);
}

static int
use_file(struct cred *c, const char *path, struct err *e)
{
	const char *quota;

	c->source = FROM_FILE;
	if ((c->conf = cred_file_read(path, e)) == NULL)
		return (-1);
	quota = json_string_value(json_object_get(c->conf,
	    "quota_project_id"));
	if (quota != NULL && (c->quota = strdup(quota)) == NULL)
		return (err_nomem(e));
	return (0);
}

/*
 * Find credentials: the token file if one was named, else Application Default
 * Credentials.
 */
static int
find_source(struct cred *c, const char *token_file, struct err *e)
{
	const char *named = getenv("GOOGLE_APPLICATION_CREDENTIALS");
	const char *no_gce = getenv("NO_GCE_CHECK");
	char path[4096];

	if (token_file != NULL && *token_file != '\0') {
		c->source = FROM_TOKEN_FILE;
		if ((c->token_path = strdup(token_file)) == NULL)
			return (err_nomem(e));
		c->token_file.path = c->token_path;
		return (0);
	}
	/* A named file that is invalid is an error; it is not skipped. */
	if (named != NULL && *named != '\0')
		return (use_file(c, named, e));
	if (find_gcloud_path(path, sizeof(path)) && access(path, F_OK) == 0)
		return (use_file(c, path, e));
	c->source = FROM_METADATA;
	if (no_gce != NULL && strcmp(no_gce, "true") == 0)
		return (err_set_code(e, ERR_PERM, "no_credentials", "no "
		    "credentials: run gcloud auth application-default login, "
		    "or set GOOGLE_APPLICATION_CREDENTIALS (NO_GCE_CHECK is "
		    "set)"));
	return (cred_metadata_check(e));
}

/* Is ${text} a name of an account, [ -_.a-zA-Z0-9]+@[...]+? */
static bool
is_account(const char *text, size_t n)
{
	const char *at = memchr(text, '@', n);

	return (at != NULL && at != text && at != text + n - 1 &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:@") >= n);
}

/* "SA,SA,...": the last one is the target, the others are delegates. */
static int
set_accounts(struct cred *c, const char *accounts, struct err *e)
{
	const char *iam = getenv("NF_IAM_ENDPOINT");
	json_t *delegates = json_array();
	struct buf url;
	size_t n;
	int rc = 0;

	buf_init(&url, MAX_URL);
	for (;; accounts += n + 1) {
		n = strcspn(accounts, ",");
		if (!is_account(accounts, n)) {
			rc = err_set(e, ERR_USAGE, "--impersonate: not the "
			    "email of a service account, or several with "
			    "commas between them");
			break;
		}
		if (accounts[n] == '\0')
			break;
		json_array_append_new(delegates, json_sprintf(
		    "projects/-/serviceAccounts/%.*s", (int)n, accounts));
	}
	buf_printf(&url, "%s/v1/projects/-/serviceAccounts/%s"
	    ":generateAccessToken", iam != NULL && *iam != '\0' ? iam : IAM,
	    accounts);
	if (rc == 0 && buf_cstr(&url) == NULL)
		rc = err_nomem(e);
	if (rc == 0 && !cred_post_allowed((const char *)url.data))
		rc = err_set_code(e, ERR_CONFIG, "foreign_host",
		    "NF_IAM_ENDPOINT: not an https URL of googleapis.com");
	if (rc == 0 && (c->trade = json_pack("{s:s, s:O}",
	    "service_account_impersonation_url", (const char *)url.data,
	    "delegates", delegates)) == NULL)
		rc = err_nomem(e);
	json_decref(delegates);
	buf_free(&url);
	return (rc);
}

static int
set_quota(struct cred *c, struct err *e)
{
	const char *quota = getenv("GOOGLE_CLOUD_QUOTA_PROJECT");

	if (quota == NULL || *quota == '\0')
		return (0);
	free(c->quota);
	if ((c->quota = strdup(quota)) == NULL)
		return (err_nomem(e));
	return (0);
}

static int
init_cred(struct cred *c, const struct cred_conf *conf, struct http *h,
    struct err *e)
{
	struct http_conf quick;

	if ((c->scope = strdup(conf->scope)) == NULL)
		return (err_nomem(e));
	if (find_source(c, conf->token_file, e) == -1 ||
	    set_quota(c, e) == -1)
		return (-1);
	if (conf->impersonate != NULL && *conf->impersonate != '\0' &&
	    set_accounts(c, conf->impersonate, e) == -1)
		return (-1);
	http_conf_default(&quick);
	quick.connect_ms = CONNECT_MS;
	quick.first_byte_ms = FIRST_BYTE_MS;
	quick.total_ms = TOTAL_MS;
	if (h == NULL && (c->own = http_new(&quick, e)) == NULL)
		return (-1);
	c->grant.http = h != NULL ? h : c->own;
	return (0);
}

struct cred *
cred_new(const struct cred_conf *conf, struct http *h, struct err *e)
{
	struct cred *c;

	guard_process();
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	buf_init_secret(&c->grant.token, MAX_TOKEN);
	buf_init_secret(&c->token, MAX_TOKEN);
	backoff_init(&c->pause, PAUSE_MS, PAUSE_CAP_MS, UINT32_MAX, 0);
	if (init_cred(c, conf, h, e) == 0)
		return (c);
	cred_free(c);
	return (NULL);
}

void
cred_free(struct cred *c)
{

	if (c == NULL)
		return;
	buf_free(&c->grant.token);
	buf_free(&c->token);
	json_decref(c->conf);
	json_decref(c->trade);
	http_free(c->own);
	free(c->scope);
	free(c->quota);
	free(c->token_path);
	free(c);
}

/* Get a token from the source, and exchange it if that is configured. */
static int
get_grant(struct cred *c, struct err *e)
{
	struct cred_grant *g = &c->grant;
	int rc;

	g->scope = c->trade != NULL ? CRED_GRANT_CLOUD : c->scope;
	g->wait_ms = 0;
	g->life_s = INT32_MAX;
	buf_free(&g->token);
	switch (c->source) {
	case FROM_TOKEN_FILE:
		rc = cred_token_file_read(&c->token_file, &g->token, e);
		break;
	case FROM_FILE:
		rc = cred_grant_file(g, c->conf, e);
		break;
	default:
		rc = cred_grant_metadata(g, c->known, e);
		break;
	}
	if (rc == -1 || c->trade == NULL)
		return (rc);
	g->scope = c->scope;
	return (cred_grant_impersonate(g, c->trade, e));
}

/* An attempt has failed: set the time of the next one.  Return -1. */
static int
note_failure(struct cred *c)
{
	int64_t wait;

	err_nomem(&c->why);
	if (strcmp(c->why.code, "no_credentials") != 0)
		err_prefix(&c->why, "credentials");
	/* Another program may be rewriting the token file. */
	if (c->source == FROM_TOKEN_FILE && c->known &&
	    c->why.class == ERR_CONFIG)
		c->why.class = ERR_TEMP;
	wait = backoff_next(&c->pause, c->grant.wait_ms);
	c->again_ms = clock_mono_ms() + (wait > 0 ? wait : 0);
	return (-1);
}

/* Renew the token.  Return 0 or -1, with c->why. */
static int
renew_token(struct cred *c)
{
	int64_t life, now;

	memset(&c->why, 0, sizeof(c->why));
	if (get_grant(c, &c->why) == -1)
		return (note_failure(c));
	buf_reset(&c->token);
	if (buf_append(&c->token, c->grant.token.data, c->grant.token.len) ==
	    -1)
		return (err_nomem(&c->why));
	/* A short-lived token is renewed after half of its life. */
	life = c->grant.life_s < INT32_MAX ? c->grant.life_s : INT32_MAX;
	now = clock_mono_ms();
	c->good_ms = now + 1000 * (life > 2 * MARGIN_S ? life - MARGIN_S :
	    life / 2);
	c->end_ms = now + 1000 * life;
	c->again_ms = 0;
	msg_trace(MSG_DEBUG, "credentials", "an access token %s%s, valid for "
	    "%" PRId64 " s", kinds[c->source], c->trade == NULL ? "" :
	    ", exchanged for one of another account", life);
	c->known = true;
	c->warned = false;
	backoff_init(&c->pause, PAUSE_MS, PAUSE_CAP_MS, UINT32_MAX, 0);
	return (0);
}

const char *
cred_token(struct cred *c, struct err *e)
{
	int64_t now = clock_mono_ms();
	bool fresh = c->token.len > 0 && now < c->good_ms;

	if (fresh && c->source == FROM_TOKEN_FILE &&
	    cred_token_file_changed(&c->token_file))
		fresh = false;
	if (fresh)
		return (buf_cstr(&c->token));
	if (now >= c->again_ms && renew_token(c) == 0)
		return (buf_cstr(&c->token));
	assert(c->why.class != ERR_NONE);
	if (c->why.class != ERR_SIGNAL && c->token.len > 0 &&
	    now < c->end_ms) {
		if (!c->warned)
			msg_log(MSG_WARNING, "token_not_renewed", "%s; using "
			    "the current token until it expires",
			    c->why.msg);
		c->warned = true;
		return (buf_cstr(&c->token));
	}
	*e = c->why;
	return (NULL);
}

bool
cred_refused(struct cred *c, bool *renewed)
{

	if (c == NULL || *renewed)
		return (false);
	*renewed = true;
	cred_expire(c);
	return (true);
}

void
cred_expire(struct cred *c)
{

	buf_free(&c->token);
	c->again_ms = 0;
}

const char *
cred_quota_project(const struct cred *c)
{

	return (c->quota);
}

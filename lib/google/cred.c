/* SPDX-License-Identifier: Apache-2.0 */
#include "cred.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cred_grant.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/guard.h"
#include "lib/base/io.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"
#include "lib/report/msg.h"

#define MAX_FILE ((size_t)256 << 10)
#define MARGIN_S 225 /* a token must be good for so long */

struct cred {
	struct cred_grant grant;
	struct http *own; /* made here, if the caller gave none */
	char *scope;
	char *quota;
	json_t *conf;    /* NULL: the metadata server */
	int64_t good_ms; /* clock_mono_ms until which the token is used */
};

/* Read the credential file at path. */
static int
read_credentials(struct cred *c, const char *path, struct err *e)
{
	const char *quota;
	struct stat st;
	struct buf b;
	int rc;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		msg_log(MSG_INFO, "open_credentials",
		    "%s: others may read it", path);
	buf_init_secret(&b, MAX_FILE);
	rc = io_slurp(path, MAX_FILE, &b, e);
	if (rc == 0 && (b.len == 0 || (c->conf = jload_bytes(b.data,
	    b.len, 0, NULL, e)) == NULL))
		rc = err_set(e, ERR_CONFIG, "%s: not valid JSON", path);
	buf_free(&b);
	if (rc == -1)
		return (-1);
	if (cred_grant_check(c->conf, e) == -1)
		return (err_prefix(e, "%s", path));
	quota = json_string_value(json_object_get(c->conf,
	    "quota_project_id"));
	if (quota != NULL && (c->quota = strdup(quota)) == NULL)
		return (err_nomem(e));
	return (0);
}

/* Where gcloud keeps its file; false if that cannot be said. */
static bool
find_gcloud_file(char *path, size_t size)
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

/* Find credentials in the order of Application Default Credentials. */
static int
find_credentials(struct cred *c, struct err *e)
{
	const char *named = getenv("GOOGLE_APPLICATION_CREDENTIALS");
	const char *no_gce = getenv("NO_GCE_CHECK");
	char path[4096];

	/* A file that was named and is bad is an error, not passed over. */
	if (named != NULL && *named != '\0')
		return (read_credentials(c, named, e));
	if (find_gcloud_file(path, sizeof(path)) && access(path, F_OK) == 0)
		return (read_credentials(c, path, e));
	if (no_gce != NULL && strcmp(no_gce, "true") == 0)
		return (err_set_code(e, ERR_PERM, "no_credentials", "no "
		    "credentials: GOOGLE_APPLICATION_CREDENTIALS is not set, "
		    "gcloud has none, NO_GCE_CHECK is set"));
	return (0);
}

struct cred *
cred_new(const char *scope, struct http *h, struct err *e)
{
	const char *quota = getenv("GOOGLE_CLOUD_QUOTA_PROJECT");
	struct http_conf conf;
	struct cred *c;

	guard_process();
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->scope = strdup(scope)) == NULL) {
		free(c);
		err_nomem(e);
		return (NULL);
	}
	c->grant.scope = c->scope;
	buf_init_secret(&c->grant.token, (size_t)16 << 10);
	http_conf_default(&conf);
	if (find_credentials(c, e) == -1 ||
	    (h == NULL && (c->own = http_new(&conf, e)) == NULL)) {
		cred_free(c);
		return (NULL);
	}
	c->grant.http = h != NULL ? h : c->own;
	if (quota != NULL && *quota != '\0') {
		free(c->quota);
		if ((c->quota = strdup(quota)) == NULL) {
			err_nomem(e);
			cred_free(c);
			return (NULL);
		}
	}
	return (c);
}

void
cred_free(struct cred *c)
{

	if (c == NULL)
		return;
	buf_free(&c->grant.token);
	json_decref(c->conf);
	http_free(c->own);
	free(c->scope);
	free(c->quota);
	free(c);
}

/* Get a token; what the metadata server's absence means is said here. */
static int
renew_token(struct cred *c, struct err *e)
{
	int64_t life;
	int rc;

	if (c->conf != NULL)
		rc = cred_grant_file(&c->grant, c->conf, e);
	else
		rc = cred_grant_metadata(&c->grant, e);
	if (rc == -1)
		return (err_prefix(e, c->conf != NULL ? "credentials" :
		    "credentials: none in GOOGLE_APPLICATION_CREDENTIALS nor "
		    "gcloud's file; metadata server"));
	/* One that is too short-lived is used up to its half. */
	life = c->grant.life_s < INT32_MAX ? c->grant.life_s : INT32_MAX;
	c->good_ms = clock_mono_ms() + 1000 * (life > 2 * MARGIN_S
	    ? life - MARGIN_S : life / 2);
	return (0);
}

const char *
cred_token(struct cred *c, struct err *e)
{

	if ((c->grant.token.len == 0 || clock_mono_ms() >= c->good_ms) &&
	    renew_token(c, e) == -1)
		return (NULL);
	return (buf_cstr(&c->grant.token));
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

	c->good_ms = 0;
}

const char *
cred_quota_project(const struct cred *c)
{

	return (c->quota);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/google/cred.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/google/cred_file.h"
#include "lib/google/cred_post.h"

/* Which URLs a secret may go to. */
static void
test_allowed(void)
{
	static const char *const good[] = {
		"https://oauth2.googleapis.com/token",
		"https://sts.googleapis.com/v1/token",
		"https://storage-x.p.googleapis.com",
		"https://accounts.google.com/o/oauth2/token",
		"http://127.0.0.1:99/token", "https://tokens.example/x" };
	static const char *const bad[] = { "", "oauth2.googleapis.com",
		"http://oauth2.googleapis.com/token", "https://evil.example/",
		"https://oauth2.googleapis.com.evil.example/",
		"https://notgoogleapis.com/", "https://evil/.googleapis.com",
		"https://oauth2.googleapis.com@evil.example/",
		"https://evil.example#.googleapis.com",
		"https://evil.example?.googleapis.com",
		"https://evil.example\\.googleapis.com",
		"file:///etc/passwd", "http://127.0.0.1:9/token",
		"http://127.0.0.1/token", "https://xtokens.example/" };
	size_t i;

	setenv("NF_CRED_HOSTS", "127.0.0.1:99,tokens.example", 1);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!CHECK(cred_post_allowed(good[i])))
			fprintf(stderr, "%s\n", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK(!cred_post_allowed(bad[i])))
			fprintf(stderr, "%s\n", bad[i]);
	unsetenv("NF_CRED_HOSTS");
	CHECK(!cred_post_allowed(good[4]));
	CHECK(cred_post_allowed(good[0]));
}

static void
test_form(void)
{
	struct buf b;

	buf_init(&b, 4096);
	cred_post_form(&b, "a", "b c&d=e");
	cred_post_form(&b, "f", "\303\247+");
	CHECK_STR(buf_cstr(&b), "a=b%20c%26d%3De&f=%C3%A7%2B");
	buf_free(&b);
}

#define GOOGLE "https://sts.googleapis.com/v1/token"
#define OUTER  "\"type\":\"external_account\",\"audience\":\"a\"," \
	"\"subject_token_type\":\"t\",\"token_url\":\"" GOOGLE "\","
#define USER   "\"type\":\"authorized_user\",\"client_id\":\"i\"," \
	"\"client_secret\":\"s\",\"refresh_token\":\"r\""

/* Credential files, and a word of what is said of them (NULL: they do). */
static const struct {
	const char *text, *says;
} files[] = {
	{ "{" USER "}", NULL },
	{ "{" OUTER "\"credential_source\":{\"file\":\"x\"}}", NULL },
	{ "{\"type\":\"service_account\",\"client_email\":\"x\","
	    "\"private_key\":\"k\"}", NULL },
	{ "{\"type\":\"impersonated_service_account\","
	    "\"service_account_impersonation_url\":"
	    "\"https://iamcredentials.googleapis.com/x:generateAccessToken\","
	    "\"source_credentials\":{" USER "}}", NULL },
	{ "{}", "type" },
	{ "[]", "type" },
	{ "{\"type\":\"x\"}", "type" },
	{ "{\"type\":7}", "type" },
	{ "{\"type\":\"service_account\",\"client_email\":\"x\"}",
	    "private_key" },
	{ "{" USER ",\"token_uri\":\"https://evil.example/\"}",
	    "googleapis.com" },
	{ "{" OUTER "\"credential_source\":{}}", "neither" },
	{ "{" OUTER "\"credential_source\":{\"executable\":{}}}",
	    "executable" },
	{ "{" OUTER "\"credential_source\":{\"environment_id\":\"aws1\"}}",
	    "AWS" },
	{ "{" OUTER "\"service_account_impersonation_url\":\"https://e.x/\","
	    "\"credential_source\":{\"file\":\"x\"}}", "googleapis.com" },
};

static void
test_files(void)
{
	struct err e;
	json_t *conf;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		memset(&e, 0, sizeof(e));
		conf = json_loads(files[i].text, 0, NULL);
		if (!CHECK(conf != NULL))
			continue;
		rc = cred_file_check(conf, &e);
		if (!CHECK_INT(rc, files[i].says == NULL ? 0 : -1) ||
		    (rc == -1 && !CHECK(strstr(e.msg, files[i].says))))
			fprintf(stderr, "%s: %s\n", files[i].text, e.msg);
		if (rc == -1)
			CHECK_INT(e.class, ERR_CONFIG);
		json_decref(conf);
	}
}

/* A process that asks for credentials is guarded, even if there are none. */
static void
test_none(void)
{
	const struct cred_conf conf = { .scope = "scope" };
	struct err e = { .class = ERR_NONE };
	struct rlimit core;

	unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
	setenv("CLOUDSDK_CONFIG", "/nonexistent", 1);
	setenv("NO_GCE_CHECK", "true", 1);
	CHECK(cred_new(&conf, NULL, &e) == NULL);
	CHECK_INT(e.class, ERR_PERM);
	CHECK_STR(e.code, "no_credentials");
	CHECK_INT(prctl(PR_GET_DUMPABLE), 0);
	CHECK_INT(getrlimit(RLIMIT_CORE, &core), 0);
	CHECK_UINT(core.rlim_cur, 0);
	CHECK_UINT(core.rlim_max, 0);
	memset(&e, 0, sizeof(e));
	setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/file", 1);
	CHECK(cred_new(&conf, NULL, &e) == NULL);
	CHECK(strstr(e.msg, "/nonexistent/file") != NULL);
	cred_free(NULL);
}

int
main(void)
{

	TEST(test_allowed);
	TEST(test_form);
	TEST(test_files);
	TEST(test_none);
	return (check_done());
}

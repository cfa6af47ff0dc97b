/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_file.h"

#include <string.h>
#include <sys/stat.h>

#include "cred_post.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jload.h"
#include "lib/report/msg.h"

#define MAX_FILE ((size_t)256 << 10)
#define UNIVERSE "googleapis.com"
#define BOM "\xef\xbb\xbf"

/* How a member of a credential file is treated. */
enum use {
	NEED,   /* a required string */
	TEXT,   /* an optional string */
	OTHER,  /* of another type, checked where it is used */
	IGNORE, /* not relevant for a token */
	REFUSE  /* relevant, but not supported */
};

struct member {
	const char *name;
	enum use use;
	const char *advice; /* REFUSE: what to do instead */
};

/* The name of an object member, and its own members. */
struct section {
	const char *name; /* in messages */
	const struct member *member;
};

#define TOKEN_FILE "not supported; --token-file takes a token from elsewhere"
#define WORKFORCE "workforce identity is not supported; use workload " \
	"identity, --impersonate from another login, or --token-file"

/* All types have these. */
static const struct member common[] = {
	{ "type", NEED, NULL },
	{ "universe_domain", TEXT, NULL },
	{ "quota_project_id", TEXT, NULL },
	{ NULL, IGNORE, NULL }
};

static const struct member service_account[] = {
	{ "client_email", NEED, NULL },
	{ "private_key", NEED, NULL },
	{ "private_key_id", TEXT, NULL },
	{ "token_uri", TEXT, NULL },
	{ "project_id", IGNORE, NULL },
	{ "client_id", IGNORE, NULL },
	{ "auth_uri", IGNORE, NULL },
	{ "auth_provider_x509_cert_url", IGNORE, NULL },
	{ "client_x509_cert_url", IGNORE, NULL },
	{ NULL, IGNORE, NULL }
};

static const struct member authorized_user[] = {
	{ "client_id", NEED, NULL },
	{ "client_secret", NEED, NULL },
	{ "refresh_token", NEED, NULL },
	{ "token_uri", TEXT, NULL },
	{ "account", IGNORE, NULL },
	{ "token", IGNORE, NULL },
	{ "expiry", IGNORE, NULL },
	{ "scopes", IGNORE, NULL },
	{ "revoke_uri", IGNORE, NULL },
	{ "rapt_token", REFUSE, "reauthentication is not supported; use "
	    "another account, or --token-file" },
	{ NULL, IGNORE, NULL }
};

static const struct member external_account[] = {
	{ "audience", NEED, NULL },
	{ "subject_token_type", NEED, NULL },
	{ "token_url", TEXT, NULL },
	{ "service_account_impersonation_url", TEXT, NULL },
	{ "service_account_impersonation", OTHER, NULL },
	{ "credential_source", OTHER, NULL },
	{ "client_id", TEXT, NULL },
	{ "client_secret", TEXT, NULL },
	{ "token_info_url", IGNORE, NULL },
	{ "workforce_pool_user_project", REFUSE, WORKFORCE },
	{ NULL, IGNORE, NULL }
};

static const struct member impersonated[] = {
	{ "service_account_impersonation_url", NEED, NULL },
	{ "source_credentials", OTHER, NULL },
	{ "delegates", OTHER, NULL },
	{ "scopes", IGNORE, NULL },
	{ NULL, IGNORE, NULL }
};

static const struct member source[] = {
	{ "file", TEXT, NULL },
	{ "url", TEXT, NULL },
	{ "headers", OTHER, NULL },
	{ "format", OTHER, NULL },
	{ "environment_id", REFUSE, "AWS is " TOKEN_FILE },
	{ "region_url", REFUSE, "AWS is " TOKEN_FILE },
	{ "regional_cred_verification_url", REFUSE, "AWS is " TOKEN_FILE },
	{ "executable", REFUSE, "running an executable is not supported; let "
	    "it write a file and name that in \"file\"" },
	{ "certificate", REFUSE, "X.509 certificates are " TOKEN_FILE },
	{ NULL, IGNORE, NULL }
};

static const struct member format[] = {
	{ "type", TEXT, NULL },
	{ "subject_token_field_name", TEXT, NULL },
	{ NULL, IGNORE, NULL }
};

static const struct member lifetime[] = {
	{ "token_lifetime_seconds", OTHER, NULL },
	{ NULL, IGNORE, NULL }
};

static const struct {
	const char *name;
	const struct member *member; /* NULL: not supported */
	const char *advice;
} types[] = {
	{ "service_account", service_account, NULL },
	{ "authorized_user", authorized_user, NULL },
	{ "external_account", external_account, NULL },
	{ "impersonated_service_account", impersonated, NULL },
	{ "external_account_authorized_user", NULL, "workforce identity is "
	    TOKEN_FILE },
	{ "gdch_service_account", NULL, "Google Distributed Cloud is "
	    TOKEN_FILE }
};

static const struct member *
find_member(const struct member *list, const char *name)
{

	for (; list != NULL && list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return (list);
	return (NULL);
}

/* Is each member of ${j} in ${s} or ${more}, and not refused? */
static int
check_names(const json_t *j, const struct section *s,
    const struct member *more, struct err *e)
{
	const struct member *m;
	const json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)j, name, value) {
		if ((m = find_member(s->member, name)) == NULL &&
		    (m = find_member(more, name)) == NULL) {
			msg_log(MSG_INFO, "unknown_member",
			    "%smember \"%.64s\" is unknown and ignored",
			    s->name, name);
			continue;
		}
		if (m->use == REFUSE)
			return (err_set_code(e, ERR_CONFIG, "not_supported",
			    "%s%s: %s", s->name, name, m->advice));
		if ((m->use == NEED || m->use == TEXT) &&
		    !json_is_string(value) && !json_is_null(value))
			return (err_set(e, ERR_CONFIG, "%s%s: not a string",
			    s->name, name));
	}
	return (0);
}

/* Are all required members present, and are the hosts allowed? */
static int
check_members(const json_t *conf, const struct member *m, struct err *e)
{
	static const char *const urls[] = { "token_uri", "token_url",
		"service_account_impersonation_url" };
	const char *text;
	size_t i;

	for (; m->name != NULL; m++) {
		text = cred_post_text(conf, m->name);
		if (m->use == NEED && (text == NULL || *text == '\0'))
			return (err_set(e, ERR_CONFIG, "no \"%s\" in it",
			    m->name));
	}
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		text = cred_post_text(conf, urls[i]);
		if (text != NULL && !cred_post_allowed(text))
			return (err_set_code(e, ERR_CONFIG, "foreign_host",
			    "%s: not an https URL of googleapis.com",
			    urls[i]));
	}
	return (0);
}

static int
check_universe(const json_t *conf, struct err *e)
{
	const char *universe = cred_post_text(conf, "universe_domain");

	if (universe == NULL || *universe == '\0' ||
	    strcmp(universe, UNIVERSE) == 0)
		return (0);
	return (err_set_code(e, ERR_CONFIG, "not_supported",
	    "universe_domain %.100s: only " UNIVERSE " is supported",
	    universe));
}

static int
check_external(const json_t *conf, struct err *e)
{
	static const struct section sections[] = {
		{ "credential_source: ", source },
		{ "credential_source: format: ", format },
		{ "service_account_impersonation: ", lifetime }
	};
	const json_t *from = json_object_get(conf, "credential_source");

	if (strstr(cred_post_text(conf, "audience"),
	    "/workforcePools/") != NULL)
		return (err_set_code(e, ERR_CONFIG, "not_supported",
		    "audience: a workforce pool: " WORKFORCE));
	if (check_names(from, &sections[0], NULL, e) == -1 ||
	    check_names(json_object_get(from, "format"), &sections[1], NULL,
	    e) == -1 ||
	    check_names(json_object_get(conf,
	    "service_account_impersonation"), &sections[2], NULL, e) == -1)
		return (-1);
	if (cred_post_text(from, "file") == NULL && cred_post_text(from,
	    "url") == NULL)
		return (err_set(e, ERR_CONFIG, "credential_source: neither "
		    "file nor url"));
	return (0);
}

static int
check_source(const json_t *conf, struct err *e)
{
	const json_t *from = json_object_get(conf, "source_credentials");
	const char *type = cred_post_text(from, "type");

	if (type == NULL ||
	    strcmp(type, "impersonated_service_account") == 0)
		return (err_set(e, ERR_CONFIG,
		    "no usable \"source_credentials\" in it"));
	if (cred_file_check(from, e) == -1)
		return (err_prefix(e, "source_credentials"));
	return (0);
}

static int
refuse_type(const char *type, const char *advice, struct err *e)
{

	if (advice != NULL)
		return (err_set_code(e, ERR_CONFIG, "not_supported",
		    "type %s: %s", type, advice));
	return (err_set_code(e, ERR_CONFIG, "not_supported", "a credential of "
	    "a type that is not supported (service_account, authorized_user, "
	    "external_account, impersonated_service_account)"));
}

int
cred_file_check(const json_t *conf, struct err *e)
{
	const char *type = cred_post_text(conf, "type");
	struct section s = { .name = "" };
	const char *advice = NULL;
	size_t i;

	for (i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, type) == 0) {
			s.member = types[i].member;
			advice = types[i].advice;
		}
	if (s.member == NULL)
		return (refuse_type(type, advice, e));
	if (check_universe(conf, e) == -1 ||
	    check_names(conf, &s, common, e) == -1 ||
	    check_members(conf, s.member, e) == -1)
		return (-1);
	if (s.member == external_account)
		return (check_external(conf, e));
	return (s.member == impersonated ? check_source(conf, e) : 0);
}

json_t *
cred_file_read(const char *path, struct err *e)
{
	const uint8_t *p;
	json_t *conf = NULL;
	struct stat st;
	struct buf b;
	size_t n;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		msg_log(MSG_INFO, "open_credentials",
		    "%s: other users can read it", path);
	buf_init_secret(&b, MAX_FILE);
	if (io_slurp(path, MAX_FILE, &b, e) == 0) {
		p = b.data;
		n = b.len;
		if (n >= strlen(BOM) && memcmp(p, BOM, strlen(BOM)) == 0) {
			p += strlen(BOM);
			n -= strlen(BOM);
		}
		if (n == 0 || (conf = jload_bytes(p, n, 0, NULL, e)) == NULL)
			err_set(e, ERR_CONFIG, "%s: not valid JSON", path);
	}
	buf_free(&b);
	if (conf != NULL && cred_file_check(conf, e) == -1) {
		err_prefix(e, "%s", path);
		json_decref(conf);
		conf = NULL;
	}
	return (conf);
}

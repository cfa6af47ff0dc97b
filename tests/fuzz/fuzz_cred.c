/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credential files.  No file that is accepted names a host which is not
 * Google's, libcurl being the judge of what host a URL names.
 */
#include "lib/google/cred_file.h"

#include <string.h>

#include "fuzz.h"
#include "googles.h"
#include "lib/base/err.h"
#include "lib/google/cred_post.h"

static void
check_urls(const json_t *conf)
{
	static const char *const keys[] = { "token_uri", "token_url",
		"service_account_impersonation_url", NULL };
	const char *const *k, *url;

	for (k = keys; *k != NULL; k++) {
		url = json_string_value(json_object_get(conf, *k));
		FUZZ_CHECK(url == NULL || googles(url));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = { 0 };
	const char *type;
	char *url = fuzz_string(p, n);
	json_t *conf;

	if (cred_post_allowed(url))
		FUZZ_CHECK(googles(url));
	free(url);
	if ((conf = json_loadb((const char *)p, n, 0, NULL)) == NULL)
		return (0);
	if (cred_file_check(conf, &e) == 0) {
		check_urls(conf);
		type = json_string_value(json_object_get(conf, "type"));
		/* The other types leave them alone. */
		if (strcmp(type, "impersonated_service_account") == 0)
			check_urls(json_object_get(conf,
			    "source_credentials"));
	} else {
		FUZZ_CHECK(e.class == ERR_CONFIG);
	}
	json_decref(conf);
	return (0);
}

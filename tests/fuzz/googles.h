/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_FUZZ_GOOGLES_H
#define NF_TESTS_FUZZ_GOOGLES_H

#include <curl/curl.h>
#include <string.h>

#include "fuzz.h"

/**
 * googles(url):
 * Return nonzero if ${url}, as libcurl reads it, is https to a host of
 * Google's that may know secrets, or goes nowhere.
 */
static inline int
googles(const char *url)
{
	static const char suffix[] = ".googleapis.com";
	char *scheme = NULL, *host = NULL, *user = NULL;
	CURLU *u = curl_url();
	size_t n;
	int ok = 0;

	FUZZ_CHECK(u != NULL);
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		ok = 1; /* goes nowhere */
	} else if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == 0 &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == 0 &&
	    curl_url_get(u, CURLUPART_USER, &user, 0) != 0) {
		n = strlen(host);
		ok = strcmp(scheme, "https") == 0 &&
		    (strcmp(host, "accounts.google.com") == 0 ||
		    (n > sizeof(suffix) - 1 &&
		    strcmp(host + n - (sizeof(suffix) - 1), suffix) == 0));
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(u);
	return (ok);
}

#endif /* !NF_TESTS_FUZZ_GOOGLES_H */

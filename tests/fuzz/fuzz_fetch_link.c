/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Link header, and what its target means at the page's URL: the input is
 * the value of the header; what comes of it is a URL or an error.
 */
#include "fetch/link.h"

#include <curl/curl.h>

#include "fetch/source/url.h"
#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define BASE "https://api.example.com/v1/invoices?page=1"

/* The origin that libcurl sees in ${url}, as url_origin writes it. */
static void
origin(const char *url, char *out, size_t size)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	CURLU *u = curl_url();

	FUZZ_CHECK(u != NULL);
	*out = '\0';
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	    CURLUE_OK)
		snprintf(out, size, "%s://%s:%s", scheme, host, port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

static void
resolve(const char *ref, size_t n)
{
	struct err e = { 0 };
	struct buf url;
	char theirs[4096], base[4096];
	const char *s, *p;

	buf_init(&url, (size_t)64 << 10);
	if (url_resolve(BASE, ref, n, &url, &e) == -1) {
		FUZZ_CHECK(e.class != ERR_NONE);
		buf_free(&url);
		return;
	}
	s = buf_cstr(&url);
	FUZZ_CHECK(s != NULL);
	for (p = s; *p != '\0'; p++)
		FUZZ_CHECK(*p > ' ' && *p < 0x7f);
	/* The host that gets credentials is the one libcurl will talk to. */
	origin(s, theirs, sizeof(theirs));
	origin(BASE, base, sizeof(base));
	if (url_check(s, &e) == 0 && url_same_origin(s, BASE))
		FUZZ_CHECK(theirs[0] == '\0' ||
		    strcasecmp(theirs, base) == 0);
	(void)url_counts(s);
	(void)url_has_param(s, "page");
	buf_free(&url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *target = NULL, *value;
	uint8_t *copy = malloc(n + 1); /* n may be 0 */
	long len;

	FUZZ_CHECK(copy != NULL);
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	value = (const char *)copy;
	len = link_find(value, n, "next", &target);
	FUZZ_CHECK(len >= -1);
	if (len >= 0) {
		FUZZ_CHECK(target >= value && target + len <= value + n);
		resolve(target, (size_t)len);
	}
	resolve(value, n);
	free(copy);
	return (0);
}

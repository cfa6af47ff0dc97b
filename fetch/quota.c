/* SPDX-License-Identifier: Apache-2.0 */
#include "quota.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/http/http.h"

#define MAX_VALUE 256
#define MAX_RESET UINT64_C(9999999999999) /* a time in milliseconds */
#define FIRST_TIME UINT64_C(1000000000)   /* more cannot be seconds */
#define FIRST_TIME_MS UINT64_C(1000000000000)

/*
 * The number after ${key} in ${v}, "limit=10, reset=30" or "t=30"; if ${key}
 * is "", ${v} must be a number and nothing else.  A fraction is rounded up.
 */
static bool
find_number(const char *v, const char *key, uint64_t *n)
{
	const char *p = *key == '\0' ? v : strstr(v, key);

	if (p == NULL)
		return (false);
	p += strlen(key);
	if (number_next(&p, MAX_RESET, n) == -1)
		return (false);
	if (*p == '.') {
		p++;
		*n += strspn(p, "123456789") > 0 || strspn(p, "0") != strspn(p,
		    "0123456789");
		p += strspn(p, "0123456789");
	}
	return (*key != '\0' || *p == '\0');
}

/* The first of headers ${names} that has a number. */
static bool
read_number(const struct http_response *r, const char *const (*names)[2],
    uint64_t *n)
{
	char v[MAX_VALUE];

	for (; (*names)[0] != NULL; names++)
		if (http_header(r, (*names)[0], v, sizeof(v)) == 1 &&
		    find_number(v, (*names)[1], n))
			return (true);
	return (false);
}

bool
quota_refuses(const struct http_response *r)
{
	static const char *const remaining[][2] = {
		{ "x-ratelimit-remaining", "" },
		{ "x-rate-limit-remaining", "" },
		{ "ratelimit-remaining", "" }, { "ratelimit", "remaining=" },
		{ "ratelimit", "r=" }, { NULL, NULL },
	};
	uint64_t left;

	if (r->status == 429)
		return (true);
	return (r->status == 403 && (r->retry_after_ms >= 0 ||
	    (read_number(r, remaining, &left) && left == 0)));
}

int64_t
quota_wait_ms(const struct http_response *r, int64_t now)
{
	static const char *const resets[][2] = {
		{ "x-ratelimit-reset", "" }, { "x-rate-limit-reset", "" },
		{ "ratelimit-reset", "" }, { "ratelimit", "reset=" },
		{ "ratelimit", "t=" }, { NULL, NULL },
	};
	int64_t at;
	uint64_t n;

	if (r->retry_after_ms > 0)
		return (r->retry_after_ms);
	if (!read_number(r, resets, &n))
		return (0);
	if (n < FIRST_TIME)
		return ((int64_t)n * 1000);
	/* The clocks may be a second apart. */
	at = (int64_t)(n < FIRST_TIME_MS ? n * 1000 : n) + 1000 - now / 1000;
	return (at > 0 ? at : 0);
}

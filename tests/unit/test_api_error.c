/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/google/api_error.h"

#include <string.h>
#include <time.h>

#include "check.h"
#include "lib/base/clock.h"
#include "lib/http/http.h"

static void
says(const char *body, const char *want)
{
	struct http_response a = { .status = 400 };
	char text[API_ERROR_MAX];

	buf_init(&a.body, 4096);
	CHECK_INT(buf_puts(&a.body, body), 0);
	api_error(&a, text);
	CHECK_STR(text, want);
	buf_free(&a.body);
}

/* Longer than a message wants: cut off, both parts. */
static void
cut(void)
{
	char body[2048], word[501], want[API_ERROR_MAX];

	memset(word, 'x', 500);
	word[500] = '\0';
	(void)snprintf(body, sizeof(body),
	    "{\"error\":\"%s\",\"error_description\":\"%s\"}", word, word);
	(void)snprintf(want, sizeof(want), ": %.60s: %.160s", word, word);
	says(body, want);
}

/* A Date header whose clock is so many seconds ahead of ours. */
static void
date_off(int64_t off, char date[64])
{
	time_t at = (time_t)(clock_micros() / 1000000 + off);
	struct tm tm;

	(void)strftime(date, 64, "%a, %d %b %Y %H:%M:%S GMT",
	    gmtime_r(&at, &tm));
}

/* What is said of it, but for the digits: a second may have gone by. */
static void
clock_says(int64_t off, const char *want)
{
	char date[64], text[API_ERROR_CLOCK_MAX], *s;

	date_off(off, date);
	api_error_clock(date, text);
	while ((s = strpbrk(text, "0123456789")) != NULL)
		memmove(s, s + 1, strlen(s));
	CHECK_STR(text, want);
}

static void
clock_off(void)
{
	static const char *const none[] = { "", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Xov 1994 08:49:37 GMT",
		"Sun, 06 anF 1994 08:49:37 GMT",
		"Sun, 36 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:3x GMT" };
	static const int64_t year = (int64_t)366 * 86400;
	char text[API_ERROR_CLOCK_MAX];
	size_t i;

	clock_says(3600, "; the clock of this machine is  s behind");
	clock_says(-3600, "; the clock of this machine is  s ahead");
	clock_says(9 * year, "; the clock of this machine is  s behind");
	clock_says(0, "");
	clock_says(290, "");
	clock_says(-290, "");
	for (i = 0; i < 12; i++) /* each month */
		clock_says(-(int64_t)i * 30 * 86400 - 86400,
		    "; the clock of this machine is  s ahead");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		api_error_clock(none[i], text);
		CHECK_STR(text, "");
	}
}

/* Of which answers it is said. */
static void
clock_of(int status, const char *body, bool said)
{
	struct http_response a = { .status = status };
	char text[API_ERROR_MAX], date[64];

	date_off(7200, date);
	buf_init(&a.body, 4096);
	buf_init(&a.headers, 4096);
	CHECK_INT(buf_puts(&a.body, body), 0);
	CHECK_INT(buf_printf(&a.headers, "date: %s\n", date), 0);
	api_error(&a, text);
	CHECK_INT(strstr(text, "the clock of this machine") != NULL, said);
	buf_free(&a.body);
	buf_free(&a.headers);
}

int
main(void)
{

	clock_of(401, "", true);
	clock_of(401, "Invalid Credentials", true);
	clock_of(400, "{\"error\":\"invalid_grant\"}", true);
	clock_of(400, "{\"error\":{\"message\":\"no bucket\"}}", false);
	clock_of(403, "{\"error\":{\"message\":\"no access\"}}", false);
	clock_of(503, "{\"error\":\"later\"}", false);
	TEST(clock_off);

	says("{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}",
	    ": invalid_grant: expired");
	says("{\"error\":\"invalid_client\"}", ": invalid_client");
	says("{\"error\":{\"code\":403,\"message\":\"no access\","
	    "\"status\":\"PERMISSION_DENIED\"}}",
	    ": PERMISSION_DENIED: no access");
	says("{\"error\":{\"code\":404,\"message\":\"No such object: b/ção\"}}",
	    ": No such object: b/ção");
	says("{\"error\":{\"message\":7}}", "");
	says("{\"error\":[]}", "");
	says("[]", "");
	says("", "");
	says("<html>", "");
	says("{\"error\":\"cut", "");
	TEST(cut);
	return (check_done());
}

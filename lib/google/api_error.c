/* SPDX-License-Identifier: Apache-2.0 */
#include "api_error.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/dates.h"
#include "lib/http/http.h"

#define CLOCK_OFF_S 300 /* a difference that explains a refusal */

/* "Sun, 06 Nov 1994 08:49:37 GMT", as servers send it (RFC 9110 5.6.7). */
static int
read_server_date(const char *text, int64_t *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char name[4], numbers[32];
	struct dates_fields f;
	const char *month;
	int64_t micros;

	if (strlen(text) != strlen("Sun, 06 Nov 1994 08:49:37 GMT") ||
	    strcmp(text + 25, " GMT") != 0)
		return (-1);
	snprintf(name, sizeof(name), "%.3s", text + 8);
	if ((month = strstr(months, name)) == NULL ||
	    (month - months) % 3 != 0)
		return (-1);
	snprintf(numbers, sizeof(numbers), "%.2s %02d%.14s", text + 5,
	    (int)((month - months) / 3) + 1, text + 11);
	if (dates_parse(numbers, strlen(numbers), "%d %m %Y %H:%M:%S", &f) ==
	    -1)
		return (-1);
	f.zoned = true; /* GMT */
	if (dates_micros(&f, &micros) == -1)
		return (-1);
	*seconds = micros / 1000000;
	return (0);
}

void
api_error_clock(const char *date, char text[API_ERROR_CLOCK_MAX])
{
	int64_t there, off;

	text[0] = '\0';
	if (read_server_date(date, &there) == -1)
		return;
	off = clock_micros() / 1000000 - there;
	if (off >= -CLOCK_OFF_S && off <= CLOCK_OFF_S)
		return;
	snprintf(text, API_ERROR_CLOCK_MAX, "; the clock of this machine is %"
	    PRId64 " s %s", off < 0 ? -off : off, off < 0 ? "behind" :
	    "ahead");
}

/* If a token was refused, append a note that the clock is off. */
static void
add_clock(const struct http_response *a, char text[API_ERROR_MAX])
{
	char date[64];
	size_t n = strlen(text);

	if (http_header(a, "date", date, sizeof(date)) == 1)
		api_error_clock(date, text + n);
}

void
api_error(const struct http_response *a, char text[API_ERROR_MAX])
{
	json_t *root = NULL, *error;
	const char *code, *why;
	bool token = a->status == 401;

	if (a->body.len > 0)
		root = json_loadb((const char *)a->body.data, a->body.len, 0,
		    NULL);
	error = json_object_get(root, "error");
	code = json_string_value(error);
	if (code != NULL && a->status == 400)
		token = true; /* OAuth: invalid_grant, or another */
	if (code == NULL)
		code = json_string_value(json_object_get(error, "status"));
	why = json_string_value(json_object_get(root, "error_description"));
	if (why == NULL)
		why = json_string_value(json_object_get(error, "message"));
	snprintf(text, API_ERROR_TEXT, "%s%.60s%s%.160s",
	    code == NULL ? "" : ": ", code == NULL ? "" : code,
	    why == NULL ? "" : ": ", why == NULL ? "" : why);
	json_decref(root);
	if (token)
		add_clock(a, text);
}

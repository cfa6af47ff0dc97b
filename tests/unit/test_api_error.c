/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/google/api_error.h"

#include <string.h>

#include "check.h"
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

int
main(void)
{

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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header lines of an answer as libcurl hands them on, Retry-After above
 * all.  http.c and http_call.c are taken in whole, as these are functions of
 * their own.
 */
#include "lib/http/http.c"

#include "fuzz.h"
#include "lib/http/http_call.c"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct http_call c;
	char value[256];
	const uint8_t *nl;
	uint8_t *line;
	size_t len;
	int64_t ms;

	buf_init(&c.res.headers, HTTP_CALL_HEADERS);
	err_clear(&c.err);
	c.in_body = false;
	for (; n > 0; p += len, n -= len) {
		nl = memchr(p, '\n', n);
		len = nl == NULL ? n : (size_t)(nl - p) + 1;
		line = malloc(len);
		FUZZ_CHECK(line != NULL);
		memcpy(line, p, len);
		if (on_header((char *)line, 1, len, &c) != len)
			FUZZ_CHECK(c.err.class == ERR_DATA);
		free(line);
	}
	ms = read_retry_after(&c.res);
	FUZZ_CHECK(ms >= -1 && ms <= MAX_RETRY_AFTER);
	if (http_header(&c.res, "retry-after", value, sizeof(value)))
		FUZZ_CHECK(strchr(value, '\n') == NULL);
	(void)http_header(&c.res, "link", value, sizeof(value));
	buf_free(&c.res.headers);
	return (0);
}

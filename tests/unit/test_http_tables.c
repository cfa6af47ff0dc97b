/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/percent.h"
#include "lib/http/http.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "tests/unit/check.h"

static void
test_tables(void)
{
	static const int retry[] = { 408, 425, 429, 500, 502, 503, 504, 599 };
	static const int no[] = { 200, 301, 400, 401, 404, 409, 501, 505, 600 };
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(retry) / sizeof(retry[0]); i++)
		CHECK(http_retryable(retry[i]) &&
		    http_class(retry[i]) == ERR_TEMP);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		CHECK(!http_retryable(no[i]));
	CHECK_INT(http_class(401), ERR_PERM);
	CHECK_INT(http_class(403), ERR_PERM);
	CHECK_INT(http_class(404), ERR_REFUSED);

	buf_init(&b, 100);
	percent_encode(&b, "aZ0-._~/ \0\303", 11);
	CHECK_MEM(b.data, b.len, "aZ0-._~%2F%20%00%C3");
	buf_free(&b);
}

int
main(void)
{

	TEST(test_tables);
	return (check_done());
}

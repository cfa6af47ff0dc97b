/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/ptr.h"

#include <string.h>

#include "check.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"

/* The document of RFC 6901 section 5. */
static const char doc[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,"
    "\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,"
    "\"m~n\":8}";

static void
finds(const struct scan *s, const char *pointer, const char *want)
{
	struct err e = { 0 };
	struct ptr *p = ptr_parse(pointer, &e);
	uint32_t t;

	if (!CHECK(p != NULL))
		return;
	CHECK_STR(ptr_text(p), pointer);
	t = ptr_find(p, s, 0);
	if (want == NULL)
		CHECK_UINT(t, SCAN_NOT_FOUND);
	else if (CHECK(t != SCAN_NOT_FOUND))
		CHECK_MEM(scan_ptr(s, t), scan_len(s, t), want);
	ptr_free(p);
}

static void
refuses(const char *pointer)
{
	struct err e = { 0 };

	CHECK(ptr_parse(pointer, &e) == NULL);
	CHECK_INT(e.class, ERR_CONFIG);
}

int
main(void)
{
	char text[sizeof(doc) + SCAN_PAD] = { 0 };
	struct err e = { 0 };
	struct scan s;

	memcpy(text, doc, sizeof(doc));
	scan_init(&s);
	CHECK_INT(scan_text(&s, text, strlen(doc), &e), 0);
	finds(&s, "", doc);
	finds(&s, "/foo", "[\"bar\",\"baz\"]");
	finds(&s, "/foo/0", "bar");
	finds(&s, "/foo/1", "baz");
	finds(&s, "/", "0");
	finds(&s, "/a~1b", "1");
	finds(&s, "/c%d", "2");
	finds(&s, "/e^f", "3");
	finds(&s, "/g|h", "4");
	finds(&s, "/i\\j", "5");
	finds(&s, "/k\"l", "6");
	finds(&s, "/ ", "7");
	finds(&s, "/m~0n", "8");
	finds(&s, "/foo/2", NULL);
	finds(&s, "/foo/00", NULL);
	finds(&s, "/foo/-", NULL);
	finds(&s, "/foo/0/x", NULL);
	finds(&s, "/nothing", NULL);
	refuses("foo");
	refuses("/a~");
	refuses("/a~2");
	refuses("/\xff");
	scan_free(&s);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/source/url.h"

#include "fetch/origin.h"
#include "fetch/source/redact.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "tests/unit/check.h"

static const char *
resolved(const char *base, const char *ref)
{
	static struct buf b;
	struct err e = { 0 };

	buf_free(&b);
	buf_init(&b, 4096);
	if (url_resolve(base, ref, strlen(ref), &b, &e)) {
		CHECK_INT(e.class, ERR_DATA);
		CHECK_STR(e.code, "bad_url");
		return (NULL);
	}
	return (buf_cstr(&b));
}

static void
test_resolve(void)
{
	const char *base = "https://h/a/b?x=1";

	CHECK_STR(resolved(base, "?page=2"), "https://h/a/b?page=2");
	CHECK_STR(resolved(base, "c?y"), "https://h/a/c?y");
	CHECK_STR(resolved(base, "/c"), "https://h/c");
	CHECK_STR(resolved(base, "../c"), "https://h/c");
	CHECK_STR(resolved(base, "//i/c"), "https://i/c");
	CHECK_STR(resolved(base, "http://i/c#f"), "http://i/c");
	CHECK_STR(resolved(base, "c d\303\251"), "https://h/a/c%20d%C3%A9");
	CHECK_STR(resolved(base, "c\r\nX: y"), NULL);
	CHECK_STR(resolved(base, "c\177"), NULL);
	CHECK_STR(resolved(base, "http://"), NULL);
	CHECK_STR(resolved(base, "//i%E1/c"), NULL);
}

static const char *
with(const char *url, const char *name, const char *value)
{
	static struct buf b;

	buf_free(&b);
	buf_init(&b, 4096);
	url_set_param(url, name, value, value == NULL ? 0 : strlen(value), &b);
	return (buf_cstr(&b));
}

static void
test_params(void)
{

	CHECK_STR(with("http://h/", "p", "2"), "http://h/?p=2");
	CHECK_STR(with("http://h/?", "p", "2"), "http://h/?p=2");
	CHECK_STR(with("http://h/?a=1", "p", "&="), "http://h/?a=1&p=%26%3D");
	CHECK_STR(with("http://h/?p=1&a=1", "p", "2"), "http://h/?a=1&p=2");
	CHECK_STR(with("http://h/?a=1&p=1&p=9", "p", "2"),
	    "http://h/?a=1&p=2");
	CHECK_STR(with("http://h/?pp=1&p", "p", "2"), "http://h/?pp=1&p=2");
	CHECK_STR(with("http://h/?page%5Bn%5D=1", "page[n]", "2"),
	    "http://h/?page%5Bn%5D=2");
	CHECK_STR(with("http://h/?p=1#f?p=3", "p", "2"), "http://h/?p=2");
	CHECK_STR(with("http://h/?p=1&a=1", "p", NULL), "http://h/?a=1");
	CHECK_STR(with("http://h/?p=1", "p", NULL), "http://h/");
	CHECK(url_has_param("http://h/?a&b=1", "b"));
	CHECK(url_has_param("http://h/?a&b=1", "a"));
	CHECK(!url_has_param("http://h/?a&b=1", "1"));

	CHECK(url_counts("http://h/?q=a&page=2"));
	CHECK(url_counts("http://h/?offset=20&q=a"));
	CHECK(url_counts("http://h/?page%5Bnumber%5D=3"));
	CHECK(url_counts("http://h/?PageNumber=2"));
	CHECK(url_counts("http://h/?q=a&START-at=2"));
	CHECK(url_counts("http://h/?_page=2"));
	CHECK(url_counts("http://h/?sysparm_offset=20&sysparm_limit=10"));
	CHECK(url_counts("http://h/?startPosition=101"));
	CHECK(!url_counts("http://h/?page=abc123"));
	CHECK(!url_counts("http://h/?cursor=123"));
	CHECK(!url_counts("http://h/page=2"));
}

static void
test_origins(void)
{
	struct err e = { 0 };

	CHECK(url_same_origin("http://h/a", "http://h:80/b?c"));
	CHECK(url_same_origin("https://H/", "https://h:443/"));
	CHECK(!url_same_origin("http://h/", "https://h/"));
	CHECK(!url_same_origin("http://h/", "http://h:81/"));
	CHECK(!url_same_origin("http://h/", "http://h.x/"));
	CHECK(!url_same_origin("http://h/", "http://h@x/"));
	CHECK(!url_same_origin("x", "x"));
	CHECK(url_same_origin("http://h", "http://h?@x/"));
	CHECK(url_same_origin("http://h/", "http://h#@x/"));
	CHECK(!url_same_origin("http://h/", "http://h\\@x/"));

	CHECK(url_check("http://h/", &e) == 0);
	CHECK(url_check("http://u@h/", &e) == -1);
	CHECK_INT(e.class, ERR_CONFIG);
	CHECK(url_check("gopher://h/", &e) == -1);
	CHECK(url_check("/x", &e) == -1);
	CHECK(url_check("http://h/\n", &e) == -1);
}

/* The path in ${url}, or "" if it is not that of a file. */
static void
check_file(const char *url, const char *path)
{
	struct buf b;

	buf_init(&b, 4096);
	CHECK(url_file(url, &b) == (path[0] != '\0'));
	CHECK_MEM(b.data, b.len, path);
	buf_free(&b);
}

static void
test_file(void)
{

	check_file("-", "-");
	check_file("a.json", "a.json");
	check_file("dir/a%20b://c", "dir/a%20b://c");
	check_file("/abs", "/abs");
	check_file("://x", "://x");
	check_file("file:///a%20b", "/a b");
	check_file("FILE://LocalHost/a", "/a");
	check_file("file://host/a", "");
	check_file("file://a", "");
	check_file("file://", "");
	check_file("http://h/a", "");
	check_file("s3://b/a", "");
	check_file("filex:///a", "");
}

static void
test_show(void)
{
	struct buf b;

	buf_init(&b, 4096);
	redact_url("https://h/a?page=1&api_key=x&q=2&access_token", &b);
	CHECK_MEM(b.data, b.len,
	    "https://h/a?page=1&api_key=***&q=2&access_token=***");
	buf_free(&b);
}

int
main(void)
{

	TEST(test_resolve);
	TEST(test_params);
	TEST(test_origins);
	TEST(test_file);
	TEST(test_show);
	return (check_done());
}

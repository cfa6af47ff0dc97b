/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/split.h"

#include "check.h"
#include "lib/base/err.h"

/* The items, each with a semicolon after it. */
static int
take(void *arg, const struct scan *s, struct err *e)
{

	(void)e;
	buf_append(arg, s->text, s->len);
	buf_putc(arg, ';');
	return (0);
}

static int
refuse(void *arg, const struct scan *s, struct err *e)
{

	(void)arg;
	(void)s;
	return (err_set(e, ERR_CONFIG, "no"));
}

/* Split text in pieces of step bytes; 0, or -1. */
static int
split_text(struct split *s, const char *text, size_t step, struct err *e)
{
	size_t i, n = strlen(text);

	for (i = 0; i < n; i += step)
		if (split_feed(s, text + i, n - i < step ? n - i : step, e)
		    == -1)
			return (-1);
	return (split_end(s, e) == NULL ? -1 : 0);
}

static void
check_split(const char *text, const char *items, const char *rest)
{
	static const size_t step[] = { 1, 2, 7, 4096 };
	struct err e = { .class = ERR_NONE };
	struct split s;
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		buf_init(&b, 1 << 10);
		split_init(&s, "parts", take, &b);
		CHECK_INT(split_text(&s, text, step[i], &e), 0);
		CHECK_MEM(b.data, b.len, items);
		CHECK_MEM(s.rest.data, s.rest.len, rest);
		split_free(&s);
		buf_free(&b);
	}
}

static void
test_items(void)
{

	check_split("{\"parts\":[]}", "", "{\"parts\":[]}");
	check_split("{ \"parts\" : [ \n] }", "", "{ \"parts\" : [] }");
	check_split("{\"v\":1,\"parts\":[\n{\"a\":1},\n{\"b\":[2]}],\"z\":2}\n",
	    "{\"a\":1};{\"b\":[2]};", "{\"v\":1,\"parts\":[],\"z\":2}\n");
	check_split("{\"parts\":[1 , \"],[\\\"\" ,[[]],{\"parts\":[3]}]}",
	    "1 ;\"],[\\\"\" ;[[]];{\"parts\":[3]};", "{\"parts\":[]}");
}

/* What is not that array stays in the rest. */
static void
test_rest(void)
{
	static const char *const same[] = { "1", "[1,2]", "{}",
		"{\"part\":[1]}", "{\"parts\":7}", "{\"parts\":{\"parts\":[1]}}",
		"{\"a\":{\"parts\":[1]}}", "[{\"parts\":[1]}]",
		"{\"a\":\"parts\",\"b\":[1]}", "{\"a\":\"\\\"parts\",\"b\":[1]}",
		"{\"\\u0070arts\":[1]}" };
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		check_split(same[i], "", same[i]);
}

static void
check_refused(const char *text, split_take *with, enum err_class class,
    const char *message)
{
	struct err e = { .class = ERR_NONE };
	struct split s;
	struct buf b;

	buf_init(&b, 1 << 10);
	split_init(&s, "parts", with, &b);
	if (!CHECK_INT(split_text(&s, text, 3, &e), -1))
		fprintf(stderr, "with %s\n", text);
	CHECK_INT(e.class, class);
	if (message != NULL)
		CHECK_STR(e.msg, message);
	split_free(&s);
	buf_free(&b);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "{", "{\"parts\":[",
		"{\"parts\":[1", "{\"parts\":[1,", "{\"parts\":[1]",
		"{\"parts\":[,]}", "{\"parts\":[1,]}", "{\"parts\":[,1]}",
		"{\"parts\":[1 2]}", "{\"parts\":[{]}", "{\"parts\":[{]}]}",
		"{\"parts\":[}]}", "{\"parts\":[1}]}", "{\"parts\":[{\"a\":]}]}",
		"{\"parts\":[1]]}", "{\"parts\":[1],\"parts\":[2]}",
		"{\"parts\":[1],\"\\u0070arts\":2}", "{\"parts\":[01]}",
		"\"parts\":[1]", "{\"a\":1}]\"parts\":[1]", "{\"parts\"[1]}",
		"{\"parts\"::[1]}", "{:[1]}", "{\"parts\":[\"\x01\"]}",
		"{\"parts\":[\"\xff\"]}" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(bad[i], take, ERR_DATA, NULL);
	check_refused("{\"parts\":[1,x]}", take, ERR_DATA, "item 1 of "
	    "\"parts\": not a JSON value at byte 1");
	check_refused("{\"parts\":[1,2],}", take, ERR_DATA, "without the "
	    "items of \"parts\": expected a key at byte 13");
	check_refused("{\"parts\":[1]}", refuse, ERR_CONFIG,
	    "item 0 of \"parts\": no");
}

/* Neither an item nor the rest grows without limit. */
static void
test_limits(void)
{
	struct err e = { .class = ERR_NONE };
	static char blank[1 << 10];
	struct split s;
	struct buf b;
	size_t i;

	memset(blank, ' ', sizeof(blank));
	buf_init(&b, 1 << 10);
	split_init(&s, "parts", take, &b);
	CHECK_INT(split_feed(&s, "{\"parts\":[[", 11, &e), 0);
	for (i = 0; i < 2 * SPLIT_ITEM / sizeof(blank); i++)
		CHECK_INT(split_feed(&s, blank, sizeof(blank), &e), 0);
	CHECK_INT(split_feed(&s, "]]", 2, &e), -1);
	CHECK_STR(e.msg, "item 0 of \"parts\": it is too long");
	split_free(&s);
	err_clear(&e);
	split_init(&s, "parts", take, &b);
	for (i = 0; i < 2 * SPLIT_REST / sizeof(blank); i++)
		CHECK_INT(split_feed(&s, blank, sizeof(blank), &e), 0);
	CHECK(split_end(&s, &e) == NULL);
	CHECK_INT(e.class, ERR_DATA);
	CHECK_STR(e.msg, "it is too long");
	split_free(&s);
	buf_free(&b);
}

int
main(void)
{

	TEST(test_items);
	TEST(test_rest);
	TEST(test_refused);
	TEST(test_limits);
	return (check_done());
}

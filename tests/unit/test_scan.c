/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

static struct scan scan;

/* Scan ${text}; the padding holds bytes that would mislead. */
static int
run(const char *text, size_t len, struct err *e)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(len + SCAN_PAD);
	memcpy(copy, text, len);
	memset(copy + len, '"', SCAN_PAD);
	err_clear(e);
	return (scan_text(&scan, copy, len, e));
}

static void
accepts(const char *text)
{
	struct err e;

	if (!CHECK_INT(run(text, strlen(text), &e), 0))
		fprintf(stderr, "  %s: %s\n", text, e.msg);
}

static void
refuses(const char *text, const char *code)
{
	struct err e;

	if (!CHECK_INT(run(text, strlen(text), &e), -1))
		fprintf(stderr, "  accepted: %s\n", text);
	CHECK_STR(e.code, code);
	CHECK_INT(e.class, ERR_DATA);
}

static void
grammar(void)
{
	static const char *const good[] = { "null", " true ", "false", "0",
		"-0", "1e400", "-1.5E+10", "\"\"", "\"a\"", "[]", "[ ]",
		"{ }", "{\"a\":1}", "[1,2,[3,{\"b\":[]}]]",
		"\t{\"a\" : 1 , \"b\" : [ ] }\r", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
		"\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"a\x7f b\"",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
		"123456789012345678901", "\"0123456789abcdef0123456789\"" };
	static const char *const bad[] = { "", " ", "nul", "nullx", "+1",
		"01", "-", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity",
		"[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "{\"a\"",
		"{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:2}", "[1 2]",
		"{\"a\" 1}", "\"", "\"abc", "1 2", "{}{}", "[}", "{]",
		"\"\n\"", "\"\x01\"", "'a'", "\xef\xbb\xbf{}", "-a", "\x80" };
	static const char *const escapes[] = { "\"\\x\"", "\"\\u12\"",
		"\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"",
		"\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\u\"",
		"\"\\" };
	static const char *const utf8[] = { "\"\x80\"", "\"\xc0\x80\"",
		"\"\xc1\xbf\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",
		"\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xc3\"",
		"\"\xe2\x82\"", "\"\xf0\x9f\x98\"", "\"\xff\"" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		accepts(good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuses(bad[i], "bad_json");
	for (i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
		refuses(escapes[i], "bad_escape");
	for (i = 0; i < sizeof(utf8) / sizeof(*utf8); i++)
		refuses(utf8[i], "bad_utf8");
}

static void
duplicate_keys(void)
{
	struct buf b;
	struct err e;
	int i;

	accepts("{\"a\":1,\"b\":{\"a\":2}}");
	accepts("[{\"a\":1},{\"a\":1}]");
	refuses("{\"a\":1,\"a\":2}", "dup_key");
	refuses("{\"\":1,\"\":2}", "dup_key");
	refuses("[{\"x\":{\"k\":1,\"l\":2,\"k\":3}}]", "dup_key");
	refuses("{\"a\":1,\"\\u0061\":2}", "dup_key");
	refuses("{\"\\u0061\":1,\"\\u0061\":2}", "dup_key");
	refuses("{\"\xc3\xa9\":1,\"\\u00e9\":2}", "dup_key");
	refuses("{\"\\ud83d\\ude00\\n\":1,\"\\ud83d\\ude00\\u000a\":2}", "dup_key");
	accepts("{\"\\u00e9\":1,\"\\u00e9\\u0000\":2,\"\\u00e8\":3,\"\":4}");
	buf_init(&b, 1 << 20);
	(void)buf_putc(&b, '{');
	for (i = 0; i < 5000; i++)
		(void)buf_printf(&b, "\"key number %d\":%d,", i, i);
	(void)buf_puts(&b, "\"last\":0}");
	CHECK_INT(run((char *)b.data, b.len, &e), 0);
	CHECK_UINT(scan.tok[0].count, 5001);
	b.len--;
	(void)buf_puts(&b, ",\"key \\u006eumber 77\":0}");
	CHECK_INT(run((char *)b.data, b.len, &e), -1);
	CHECK_STR(e.code, "dup_key");
	b.len -= strlen(",\"key \\u006eumber 77\":0}");
	(void)buf_puts(&b, ",\"key\\u0020numbe\\u0072 77\":0}");
	CHECK_INT(run((char *)b.data, b.len, &e), -1);
	CHECK_STR(e.code, "dup_key");
	buf_free(&b);
}

static void
depth(void)
{
	char text[2 * SCAN_MAX_DEPTH + 2];
	struct err e;
	size_t n = SCAN_MAX_DEPTH;

	memset(text, '[', n);
	memset(text + n, ']', n);
	CHECK_INT(run(text, 2 * n, &e), 0);
	CHECK_UINT(scan.ntok, n);
	memset(text, '[', n + 1);
	memset(text + n + 1, ']', n + 1);
	CHECK_INT(run(text, 2 * n + 2, &e), -1);
	CHECK_STR(e.code, "too_deep");
}

static void
tokens(void)
{
	static const char text[] =
	    "{\"n\":9.00,\"l\":[1,\"x\",{}],\"s\":\"\\u00e9\\n\"}";
	const uint8_t *raw;
	struct buf b;
	struct err e;
	uint32_t t, i;
	size_t n;

	CHECK_INT(run(text, strlen(text), &e), 0);
	CHECK_UINT(scan.tok[0].kind, SCAN_OBJECT);
	CHECK_UINT(scan.tok[0].count, 3);
	CHECK_UINT(scan.tok[0].next, scan.ntok);
	t = scan_member(&scan, 0, "n", 1);
	CHECK_MEM(scan_ptr(&scan, t), scan_len(&scan, t), "9.00");
	t = scan_member(&scan, 0, "l", 1);
	CHECK_UINT(scan.tok[t].count, 3);
	CHECK_MEM(scan_ptr(&scan, t), scan_len(&scan, t), "[1,\"x\",{}]");
	for (i = t + 1, n = 0; i < scan.tok[t].next; i = scan.tok[i].next)
		n++;
	CHECK_UINT(n, 3);
	t = scan_member(&scan, 0, "s", 1);
	buf_init(&b, 100);
	CHECK_INT(scan_string(&scan, t, &b), 0);
	CHECK_MEM(b.data, b.len, "\xc3\xa9\n");
	CHECK(scan_equals(&scan, t, "\xc3\xa9\n", 3));
	CHECK(!scan_equals(&scan, t, "\xc3\xa9", 2));
	CHECK(!scan_equals(&scan, t, "\xc3\xa9\r", 3));
	CHECK(!scan_equals(&scan, t, "\xc3\xa9\n\n", 4));
	raw = scan_raw(&scan, t, &n);
	CHECK_MEM(raw, n, "\"\\u00e9\\n\"");
	CHECK_UINT(scan_member(&scan, 0, "x", 1), SCAN_NOT_FOUND);
	CHECK_UINT(scan_member(&scan, t, "x", 1), SCAN_NOT_FOUND);
	buf_free(&b);
}

/*
 * jansson as the oracle, on texts made by small changes of valid ones.  It
 * refuses what it cannot represent (big numbers, NUL in keys): those
 * answers are left out.
 */
static void
against_jansson(void)
{
	static const char *const seeds[] = {
		"{\"a\":[1,-2.5e3,true,null],\"b\":{\"c\":\"\\u00e9\\ud83d"
		"\\ude00 \xc3\xa9\"},\"d\":\"\"}",
		"[[],{},[{\"k\":0}],\"x\\n\\\\\",12.0,false]" };
	static const char alphabet[] = "{}[]\",:\\u0d8e1.-+tn \x80\xc3\xa9";
	char text[128];
	json_error_t je;
	struct err e;
	json_t *j;
	size_t n;
	int i, k, agreed = 0, ours;

	srand(20260706);
	for (i = 0; i < 200000; i++) {
		n = strlen(seeds[i & 1]);
		memcpy(text, seeds[i & 1], n);
		for (k = rand() % 4; k >= 0; k--)
			text[(size_t)rand() % n] = alphabet[(size_t)rand() %
			    (sizeof(alphabet) - 1)];
		if (rand() % 8 == 0)
			n -= (size_t)rand() % n;
		j = json_loadb(text, n, JSON_REJECT_DUPLICATES |
		    JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);
		ours = run(text, n, &e);
		if (j == NULL && (json_error_code(&je) ==
		    json_error_numeric_overflow || json_error_code(&je) ==
		    json_error_null_byte_in_key)) {
			agreed++;
			continue;
		}
		if ((j != NULL) != (ours == 0))
			fprintf(stderr, "  %.*s: %s / %s\n", (int)n, text,
			    j != NULL ? "good" : je.text,
			    ours == 0 ? "good" : e.msg);
		else
			agreed++;
		json_decref(j);
	}
	CHECK_INT(agreed, 200000);
}

int
main(void)
{

	scan_init(&scan);
	TEST(grammar);
	TEST(duplicate_keys);
	TEST(depth);
	TEST(tokens);
	TEST(against_jansson);
	scan_free(&scan);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/scan.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/base/err.h"
#include "lib/json/scan_shapes.h"

#define MAX_TEXT 4096

static struct scan quick, judge;
static uint64_t accepted, refused;

/* Both ways must say the same of ${text}, and make the same tokens. */
static void
compare(const char *text, size_t len)
{
	struct err e = { 0 }, f = { 0 };
	uint8_t *copy = malloc(len + SCAN_PAD);
	int rc;

	memcpy(copy, text, len);
	/* What would go on where the text ends. */
	memset(copy + len, "\"1,}] "[len % 6], SCAN_PAD);
	rc = scan_text(&quick, copy, len, &e);
	accepted += rc == 0;
	refused += rc == -1;
	if (!CHECK_INT(rc, scan_text_judged(&judge, copy, len, &f)) ||
	    !CHECK_STR(e.code, f.code) || !CHECK_STR(e.msg, f.msg) ||
	    !CHECK(rc == -1 || (quick.ntok == judge.ntok &&
	    memcmp(quick.tok, judge.tok,
	    quick.ntok * sizeof(*quick.tok)) == 0)))
		fprintf(stderr, "  %.*s\n", (int)len, text);
	free(copy);
}

static const char *const records[] = {
	"{\"id\":1,\"name\":\"Jo\xc3\xa3o \\\"x\\\"\",\"total\":-12.50e+3,"
	"\"items\":[{\"sku\":\"A\",\"n\":1},{\"sku\":\"B\",\"n\":20,\"tag\":"
	"[true,false,null,[{\"deep\":{}}]]}],\"empty\":{},\"none\":[]}",
	"{ \"id\" : 2 , \"name\" : \"\\u00e9\\ud83d\\ude00\" ,\t\"total\":0 }",
	"{\"total\":1,\"id\":3,\"a key that is longer than thirty-two bytes\":1,"
	"\"items\":{\"sku\":\"one\"},\"name\":null}",
	"[{\"id\":1,\"name\":\"a\"},{\"name\":\"b\",\"id\":2},[],[[\"x\"]]]",
	"{\"\":0,\"a\":{\"\":{\"a\":1}},\"aa\":\"\xe2\x82\xac\"}",
	"{\"0123456789012\":1,\"01234567890123456789012345678\":2,"
	"\"012345678901234567890123456789\":3,\"01234567890\":4}",
};

/* One change, of the kinds that make JSON wrong or unusual. */
static size_t
mutate(char *text, size_t len)
{
	static const char bytes[] = "\"\\{}[],:0019-.eEtfn \t\x01\xc3\x80\xff";
	size_t at = (size_t)random() % len, n;

	switch (random() % 5) {
	case 0:
		text[at] = bytes[(size_t)random() % (sizeof(bytes) - 1)];
		return (len);
	case 1:
		memmove(text + at, text + at + 1, len - at - 1);
		return (len - 1);
	case 2:
		memmove(text + at + 1, text + at, len - at);
		text[at] = bytes[(size_t)random() % (sizeof(bytes) - 1)];
		return (len + 1);
	case 3: /* a piece again */
		n = (size_t)random() % (len - at);
		memmove(text + at + n, text + at, len - at);
		return (len + n);
	default:
		return (at + 1);
	}
}

static void
mutated(void)
{
	char text[MAX_TEXT];
	size_t len, i, k;

	srandom(23);
	for (i = 0; i < 300000; i++) {
		k = (size_t)random() %
		    (sizeof(records) / sizeof(records[0]));
		len = strlen(records[k]);
		memcpy(text, records[k], len);
		for (k = (size_t)random() % 4; k > 0 && len > 1 &&
		    len < MAX_TEXT / 2; k--)
			len = mutate(text, len);
		compare(text, len);
	}
	CHECK(accepted > 80000 && refused > 80000);
}

/* Objects of random keys, some twice, in random order. */
static void
random_keys(void)
{
	char text[MAX_TEXT];
	size_t i, k, n, at;

	for (i = 0; i < 20000; i++) {
		at = (size_t)sprintf(text, "{");
		n = (size_t)random() % 80;
		for (k = 0; k < n; k++)
			at += (size_t)sprintf(text + at, "%s\"%s%ld\":%s",
			    k > 0 ? "," : "", random() % 50 == 0 ? "\\u006b" :
			    "k", random() % (i % 2 == 0 ? 2000 : 90),
			    random() % 4 == 0 ? "{\"v\":1,\"w\":{}}" : "1");
		at += (size_t)sprintf(text + at, "}");
		compare(text, at);
	}
}

/* What comes in no shape, or too deep, is bounded and right all the same. */
static void
bounds(void)
{
	char text[MAX_TEXT];
	size_t i, n;

	for (i = 0; i < 30000; i++) {
		n = (size_t)sprintf(text, "{\"x%zu\":{\"y%zu\":[{\"z\":1}]}}", i,
		    i % 300);
		compare(text, n);
	}
	CHECK(quick.shapes->n <= SHAPES_MAX);
	for (n = 1; n < 200; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		compare(text, 2 * n);
		compare(text, 2 * n - 1);
	}
}

/* An object of keys that nothing has seen, and of such objects. */
static size_t
put_unknown(char *text, size_t depth)
{
	size_t at = 0, n = 1 + (size_t)random() % 3, i;

	text[at++] = '{';
	for (i = 0; i < n; i++) {
		at += (size_t)sprintf(text + at, "%s\"%ld\":",
		    i == 0 ? "" : ",", random());
		if (depth == 0)
			text[at++] = '1';
		else
			at += put_unknown(text + at, depth - 1);
	}
	text[at++] = '}';
	return (at);
}

/* Objects without a shape, in one another, are bounded too. */
static void
unknown(void)
{
	char text[MAX_TEXT];
	size_t i;

	for (i = 0; i < 3000; i++)
		compare(text, put_unknown(text, (size_t)random() % 4));
	CHECK(quick.shapes->shape[SHAPES_NONE].closed);
	CHECK_INT(quick.shapes->shape[SHAPES_NONE].n, 0);
}

/* Three bytes anywhere in the blocks that strings are read in. */
static void
characters(void)
{
	static const uint8_t bytes[] = { 0x1f, ' ', '"', '\\', 'a', 0x7f, 0x80,
		0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xf0, 0xf4, 0xff };
	const size_t n = sizeof(bytes);
	char text[MAX_TEXT];
	size_t before, i;

	for (before = 0; before < 34; before++) {
		memset(text, 'a', sizeof(text));
		text[0] = '"';
		for (i = 0; i < n * n * n; i++) {
			text[before + 1] = (char)bytes[i % n];
			text[before + 2] = (char)bytes[i / n % n];
			text[before + 3] = (char)bytes[i / n / n];
			text[before + 4] = '"';
			compare(text, before + 5);
		}
	}
}

int
main(void)
{

	scan_init(&quick);
	scan_init(&judge);
	TEST(mutated);
	TEST(random_keys);
	TEST(bounds);
	TEST(unknown);
	TEST(characters);
	scan_free(&quick);
	scan_free(&judge);
	return (check_done());
}

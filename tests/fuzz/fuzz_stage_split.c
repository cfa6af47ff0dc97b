/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document that is split as it arrives against the same document scanned as
 * a whole: one is accepted if the other is, and the items are the same.
 */
#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "stage/split.h"

/* The items that must come, in the document scanned as a whole. */
struct wanted {
	const struct scan *s;
	uint32_t t;   /* the next item, or SCAN_NOT_FOUND */
	uint32_t end; /* the token after the array */
};

static int
compare_item(void *arg, const struct scan *s, struct err *e)
{
	struct wanted *w = arg;
	const uint8_t *raw, *got;
	size_t n, len;

	(void)e;
	if (w->t == SCAN_NOT_FOUND)
		return (0); /* the whole is not valid */
	FUZZ_CHECK(w->t < w->end);
	raw = scan_raw(w->s, w->t, &n);
	got = scan_raw(s, 0, &len);
	FUZZ_CHECK(n == len && memcmp(raw, got, n) == 0);
	w->t = w->s->tok[w->t].next;
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct scan whole;
	struct wanted w = { .s = &whole, .t = SCAN_NOT_FOUND };
	struct err e = { 0 }, why = { 0 };
	struct split split;
	uint8_t *text = fuzz_padded(p, n);
	uint32_t a;
	int rc;

	if (whole.tok == NULL && whole.shapes == NULL)
		scan_init(&whole);
	rc = scan_text(&whole, text, n, &why);
	if (rc == 0 && whole.tok[0].kind == SCAN_OBJECT &&
	    (a = scan_member(&whole, 0, "parts", 5)) != SCAN_NOT_FOUND &&
	    whole.tok[a].kind == SCAN_ARRAY) {
		w.t = a + 1;
		w.end = whole.tok[a].next;
	}
	split_init(&split, "parts", compare_item, &w);
	if (n < SPLIT_ITEM && strcmp(why.code, "too_deep") != 0)
		FUZZ_CHECK((split_feed(&split, p, n, &e) == 0 &&
		    split_end(&split, &e) != NULL) == (rc == 0));
	if (rc == 0 && split.found)
		FUZZ_CHECK(w.t == w.end);
	split_free(&split);
	free(text);
	return (0);
}

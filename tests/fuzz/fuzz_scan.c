/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against jansson; same.h lists the intended differences.  And its
 * quick way, which knows the texts before this one, against the one that
 * decides: every line of the input is a text.
 */
#include "fuzz.h"

#include "same.h"

/* Both must say the same of a text, and make the same tokens. */
static void
compare_ways(struct scan *quick, struct scan *judge, const uint8_t *p,
    size_t n)
{
	struct err e = { 0 }, f = { 0 };
	uint8_t *text = fuzz_padded(p, n);
	int rc = scan_text(quick, text, n, &e);

	FUZZ_CHECK(scan_text_judged(judge, text, n, &f) == rc);
	FUZZ_CHECK(strcmp(e.code, f.code) == 0 && strcmp(e.msg, f.msg) == 0);
	FUZZ_CHECK(quick->ended == judge->ended);
	FUZZ_CHECK(rc == -1 || quick->ntok == judge->ntok);
	FUZZ_CHECK(rc == -1 || memcmp(quick->tok, judge->tok,
	    quick->ntok * sizeof(*quick->tok)) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct scan s, quick, judge;
	const uint8_t *at, *nl, *end = p + n;
	struct err e = { 0 };
	json_error_t why;
	uint8_t *text = fuzz_padded(p, n);
	enum same_verdict v;

	if (s.tok == NULL && s.shapes == NULL) {
		scan_init(&s);
		scan_init(&judge);
	}
	v = same_text(&s, text, n, &e, &why);
	FUZZ_CHECK(v != SAME_VERDICT_DIFFERS);
	FUZZ_CHECK(v != SAME_VALUE_DIFFERS);
	free(text);
	scan_init(&quick);
	for (at = p; at < end; at = nl + (nl < end)) {
		nl = memchr(at, '\n', (size_t)(end - at));
		nl = nl == NULL ? end : nl;
		compare_ways(&quick, &judge, at, (size_t)(nl - at));
	}
	scan_free(&quick);
	return (0);
}

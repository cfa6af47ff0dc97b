/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner against jansson; same.h lists the intended differences. */
#include "fuzz.h"

#include "same.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct scan s;
	struct err e = { 0 };
	json_error_t why;
	uint8_t *text = fuzz_padded(p, n);
	enum same_verdict v;

	if (s.tok == NULL)
		scan_init(&s);
	v = same_text(&s, text, n, &e, &why);
	FUZZ_CHECK(v != SAME_VERDICT_DIFFERS);
	FUZZ_CHECK(v != SAME_VALUE_DIFFERS);
	free(text);
	return (0);
}

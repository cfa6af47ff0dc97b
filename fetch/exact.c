/* SPDX-License-Identifier: Apache-2.0 */
#include "exact.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/jload.h"
#include "lib/json/scan.h"

/* Does the number at ${p} survive as a double?  Integers are not doubles. */
static bool
keeps_digits(const char *p, size_t n)
{
	const char *end = p + n;
	int digits = 0, zeros = 0;
	double v;

	if (memchr(p, '.', n) == NULL && memchr(p, 'e', n) == NULL &&
	    memchr(p, 'E', n) == NULL)
		return (true);
	if (number_real(p, n, &v) == -1)
		return (false);
	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '0') {
			zeros += digits > 0;
		} else if (*p >= '1' && *p <= '9') {
			digits += zeros + 1;
			zeros = 0;
		}
	}
	return (digits == 0 || (digits <= DBL_DIG && isnormal(v)));
}

/* The first number in ${text}, which is JSON, that does not; or NULL. */
static const uint8_t *
find_lost(struct buf *text, struct err *e)
{
	const uint8_t *lost = NULL;
	struct scan s;
	uint32_t i;

	scan_init(&s);
	if (buf_cstr(text) == NULL)
		err_nomem(e);
	else if (scan_text(&s, text->data, text->len, e) == 0)
		for (i = 0; lost == NULL && i < s.ntok; i++)
			if (s.tok[i].kind == SCAN_NUMBER &&
			    !keeps_digits((const char *)scan_ptr(&s, i),
			    scan_len(&s, i)))
				lost = scan_ptr(&s, i);
	scan_free(&s);
	return (lost);
}

json_t *
exact_load(struct buf *text, size_t flags, json_error_t *why, struct err *e)
{
	json_t *doc = jload_bytes(text->data, text->len, flags, why, e);
	const uint8_t *lost, *p;

	lost = doc == NULL ? NULL : find_lost(text, e);
	if (lost == NULL && e->class == ERR_NONE)
		return (doc);
	json_decref(doc);
	if (lost == NULL)
		return (NULL);
	why->line = why->column = 1;
	for (p = text->data; p < lost; p++) {
		why->column = *p == '\n' ? 1 : why->column + 1;
		why->line += *p == '\n';
	}
	snprintf(why->text, sizeof(why->text), "a number of over %d "
	    "digits, or too small: write it as a text", DBL_DIG);
	return (NULL);
}

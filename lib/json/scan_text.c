/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_text.h"

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "scan.h"

void
scan_text_begin(struct scan_text *x, const struct scan *s, uint32_t t)
{

	x->p = scan_ptr(s, t);
	x->end = x->p + scan_len(s, t);
	x->at = x->n = 0;
}

int
scan_text_next(struct scan_text *x)
{
	/* Has room for the bytes of any escape, so it never grows. */
	struct buf b = { .data = x->held, .cap = sizeof(x->held),
	    .max = sizeof(x->held) };

	if (x->at < x->n)
		return (x->held[x->at++]);
	if (x->p == x->end)
		return (-1);
	if (*x->p != '\\')
		return (*x->p++);
	x->p += utf8_unescape(x->p, &b);
	x->n = (uint8_t)b.len;
	x->at = 1;
	return (x->held[0]);
}

bool
scan_text_same(const struct scan *s, uint32_t a, uint32_t b)
{
	struct scan_text x, y;
	int c;

	scan_text_begin(&x, s, a);
	scan_text_begin(&y, s, b);
	while ((c = scan_text_next(&x)) == scan_text_next(&y))
		if (c == -1)
			return (true);
	return (false);
}

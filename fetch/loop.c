/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#include "seen.h"

/*
 * The last positions, and for longer circles one more (Brent's algorithm): of
 * the steps so far, the one whose number is the greatest power of two.
 */
struct circle {
	struct seen *last;
	struct buf mark;
	uint64_t steps;
};

struct circle *
circle_new(struct err *e)
{
	struct circle *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_nomem(e);
		return (NULL);
	}
	buf_init(&c->mark, SIZE_MAX / 4);
	if ((c->last = seen_new(CIRCLE_NEAR, e)) == NULL) {
		circle_free(c);
		return (NULL);
	}
	return (c);
}

void
circle_free(struct circle *c)
{

	if (c == NULL)
		return;
	seen_free(c->last);
	buf_free(&c->mark);
	free(c);
}

bool
circle_step(struct circle *c, const void *p, size_t n)
{

	if (seen_add(c->last, p, n) || (c->steps > 0 && c->mark.len == n &&
	    memcmp(c->mark.data, p, n) == 0))
		return (true);
	c->steps++;
	if ((c->steps & (c->steps - 1)) == 0) {
		buf_reset(&c->mark);
		buf_append(&c->mark, p, n);
	}
	return (false);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "seen.h"

/*
 * The last positions, and, for longer circles, one more (Brent's algorithm):
 * of the steps so far, the one whose number is the greatest power of two.
 */
struct loop {
	struct seen *last;
	struct buf mark;
	uint64_t steps;
};

struct loop *
loop_new(struct err *e)
{
	struct loop *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_nomem(e);
		return (NULL);
	}
	buf_init(&c->mark, SIZE_MAX / 4);
	if ((c->last = seen_new(LOOP_NEAR, e)) == NULL) {
		loop_free(c);
		return (NULL);
	}
	return (c);
}

void
loop_free(struct loop *c)
{

	if (c == NULL)
		return;
	seen_free(c->last);
	buf_free(&c->mark);
	free(c);
}

bool
loop_step(struct loop *c, const void *p, size_t n)
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

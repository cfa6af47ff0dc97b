/* SPDX-License-Identifier: Apache-2.0 */
#include "condition.h"

#include <string.h>

#include "texts.h"
#include "transform/mapping/pattern.h"

#define FEW_TEXTS 8 /* of these, one after another */

int
condition_fits(struct machine *m, const regex_t *p, const struct buf *b)
{
	int rc = pattern_fits(p, b->data, b->len);

	return (rc == -1 ? machine_nomem(m) : rc);
}

bool
condition_among(const struct buf *b, const struct text *t, size_t n)
{
	size_t i;

	if (n > FEW_TEXTS)
		return (program_has_text(t + n, n, b->data, b->len));
	for (i = 0; i < n; i++)
		if (t[i].n == b->len && memcmp(t[i].p, b->data, b->len) == 0)
			return (true);
	return (false);
}

/* An object or array exists, too; it has no text. */
static int
test_exists(struct machine *m, const struct ref *r)
{

	if (!r->plain) {
		buf_reset(&m->work);
		return (texts_ref(m, r, &m->work));
	}
	return (machine_find(m, &r) != SCAN_NOT_FOUND);
}

int
condition_holds(struct machine *m, const struct condition *w)
{
	size_t i;
	int rc;

	switch (w->kind) {
	case CONDITION_NOT:
		rc = condition_holds(m, w->sub);
		return (rc == -1 ? -1 : !rc);
	case CONDITION_ALL:
	case CONDITION_ANY:
		for (i = 0; i < w->nsub; i++)
			if ((rc = condition_holds(m, &w->sub[i])) !=
			    (w->kind == CONDITION_ALL))
				return (rc);
		return (w->kind == CONDITION_ALL);
	case CONDITION_EXISTS:
		rc = test_exists(m, w->ref);
		return (rc == -1 ? -1 : (rc == 1) == w->exists);
	default:
		buf_reset(&m->work);
		if ((rc = texts_ref(m, w->ref, &m->work)) != 1)
			return (rc);
		if (buf_reserve(&m->work, 0) == -1)
			return (machine_nomem(m));
		return (w->kind == CONDITION_IN ?
		    condition_among(&m->work, w->in, w->nin) :
		    condition_fits(m, w->pattern, &m->work));
	}
}

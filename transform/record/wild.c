/* SPDX-License-Identifier: Apache-2.0 */
#include "wild.h"

#include <string.h>

#include "cells.h"
#include "texts.h"

/* Is the name, without the prefix, among those left out? */
static bool
is_excepted(const struct wildcard *w, const struct buf *name, size_t prefix)
{
	const uint8_t *p = name->data + prefix;
	size_t n = name->len - prefix, i;

	for (i = 0; i < w->nexcept; i++)
		if (w->except[i].n == n && memcmp(w->except[i].p, p, n) == 0)
			return (true);
	return (false);
}

/* What the names of a walk have in common. */
struct walk {
	const struct family *f;
	const struct wildcard *w;
	size_t prefix;
};

static int put_members(struct machine *m, const struct walk *a, uint32_t t);

/* A member or item, named by what was appended to m->name from ${at} on. */
static int
put_member(struct machine *m, const struct walk *a, uint32_t t)
{
	const struct wildcard *w = a->w;

	if (m->name.failed)
		return (machine_nomem(m));
	if (is_excepted(w, &m->name, a->prefix))
		return (0);
	if (m->scan.tok[t].kind >= SCAN_ARRAY) {
		buf_append(&m->name, w->separator.p, w->separator.n);
		return (put_members(m, a, t));
	}
	if (m->name.len == 0)
		return (machine_fault(m, w->ref, "qualifier_missing",
		    "a member with an empty name"));
	if (m->name.len > MACHINE_MAX_QUALIFIER)
		return (machine_fault(m, w->ref, "qualifier_too_long",
		    "a qualifier of %zu bytes; Bigtable allows %d",
		    m->name.len, MACHINE_MAX_QUALIFIER));
	return (cells_wild(m, a->f, w, t));
}

/* The depth is bounded by the scanner's. */
static int
put_members(struct machine *m, const struct walk *a, uint32_t t)
{
	const struct scan *s = &m->scan;
	size_t at = m->name.len;
	uint32_t i, n = 0;
	bool object = s->tok[t].kind == SCAN_OBJECT;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		m->name.len = at;
		if (object)
			(void)scan_string(s, i++, &m->name);
		else
			buf_u64(&m->name, ++n);
		if (put_member(m, a, i) == -1)
			return (-1);
	}
	m->name.len = at;
	return (0);
}

int
wild_put(struct machine *m, const struct family *f, const struct wildcard *w)
{
	struct walk a = { .f = f, .w = w };
	uint32_t t = m->slot[w->ref->slot];
	int rc;

	if (t == SCAN_NOT_FOUND || m->scan.tok[t].kind == SCAN_NULL)
		return (0);
	if (m->scan.tok[t].kind < SCAN_ARRAY)
		return (machine_fault(m, w->ref, "bad_type",
		    "expected an object, not a %s",
		    scan_kind_name((enum scan_kind)m->scan.tok[t].kind)));
	buf_reset(&m->name);
	if (w->prefix != NULL) {
		if ((rc = texts_template(m, w->prefix, &m->name)) == -1)
			return (-1);
		if (rc == 0)
			return (machine_fault(m, w->ref, "qualifier_missing",
			    "a part of the prefix is absent"));
	}
	a.prefix = m->name.len;
	return (put_members(m, &a, t));
}

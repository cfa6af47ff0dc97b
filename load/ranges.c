/* SPDX-License-Identifier: Apache-2.0 */
#include "ranges.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/err.h"
#include "lib/base/io.h"

#define MAX_KEYS_FILE ((size_t)64 << 20)

static void
free_range(struct target_range *g)
{

	free((void *)(uintptr_t)g->start.p);
	free((void *)(uintptr_t)g->end.p);
}

void
ranges_free(struct ranges *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free_range(&r->range[i]);
	free(r->range);
	memset(r, 0, sizeof(*r));
}

static int
copy_key(struct bytes *to, struct bytes from)
{
	uint8_t *p;

	if ((p = malloc(from.n + 1)) == NULL)
		return (-1);
	if (from.n > 0)
		memcpy(p, from.p, from.n);
	to->p = p;
	to->n = from.n;
	return (0);
}

int
ranges_add(struct ranges *r, const struct target_range *g, struct err *e)
{
	struct target_range *to;
	size_t cap;

	if (r->n == r->cap) {
		cap = r->cap == 0 ? 16 : r->cap * 2;
		if ((to = realloc(r->range, cap * sizeof(*to))) == NULL)
			return (err_nomem(e));
		r->range = to;
		r->cap = cap;
	}
	to = &r->range[r->n];
	*to = *g;
	if (copy_key(&to->start, g->start) == -1)
		return (err_nomem(e));
	if (copy_key(&to->end, g->end) == -1) {
		free((void *)(uintptr_t)to->start.p);
		return (err_nomem(e));
	}
	r->n++;
	return (0);
}

int
ranges_add_key(struct ranges *r, struct bytes key, struct err *e)
{
	const struct target_range g = { .start = key, .end = key,
		.end_closed = true };

	return (ranges_add(r, &g, e));
}

/* The end is the prefix with its last byte other than 0xff incremented. */
int
ranges_add_prefix(struct ranges *r, struct bytes prefix, struct err *e)
{
	struct target_range g = { .start = prefix };
	uint8_t *end = NULL;
	int rc;

	while (prefix.n > 0 && prefix.p[prefix.n - 1] == 0xff)
		prefix.n--;
	if (prefix.n > 0) {
		if ((end = malloc(prefix.n)) == NULL)
			return (err_nomem(e));
		memcpy(end, prefix.p, prefix.n);
		end[prefix.n - 1]++;
		g.end.p = end;
		g.end.n = prefix.n;
	}
	rc = ranges_add(r, &g, e);
	free(end);
	return (rc);
}

int
ranges_add_file(struct ranges *r, const char *path, char end, struct err *e)
{
	struct buf b;
	const uint8_t *p, *stop, *last;
	size_t n;
	int rc = -1;

	buf_init(&b, MAX_KEYS_FILE);
	if (io_slurp(path, MAX_KEYS_FILE, &b, e) == -1)
		goto done;
	stop = b.data + b.len;
	for (p = b.data; p < stop; p = last + 1) {
		if ((last = memchr(p, end, (size_t)(stop - p))) == NULL)
			last = stop;
		n = (size_t)(last - p);
		if (end == '\n' && n > 0 && p[n - 1] == '\r')
			n--;
		if (n > 0 && ranges_add_key(r, (struct bytes){ p, n },
		    e) == -1)
			goto done;
	}
	rc = 0;
done:
	buf_free(&b);
	return (rc);
}

int
ranges_add_text(struct ranges *r, const char *text, struct err *e)
{
	const char *comma = strchr(text, ',');
	size_t n = strlen(text);
	struct target_range g;

	if (n < 3 || comma == NULL || strchr("[(", text[0]) == NULL ||
	    strchr("])", text[n - 1]) == NULL)
		return (err_set(e, ERR_USAGE, "--range: expected [A,B), "
		    "[A,B], (A,B) or (A,B]"));
	g.start = (struct bytes){ (const uint8_t *)text + 1,
		(size_t)(comma - text) - 1 };
	g.end = (struct bytes){ (const uint8_t *)comma + 1,
		n - (size_t)(comma - text) - 2 };
	g.start_open = text[0] == '(' && g.start.n > 0;
	g.end_closed = text[n - 1] == ']' && g.end.n > 0;
	return (ranges_add(r, &g, e));
}

static bool
is_endless(const struct target_range *g)
{

	return (g->end.n == 0 && !g->end_closed);
}

static int
compare_ends(const struct target_range *a, const struct target_range *b)
{
	int c;

	if (is_endless(a) || is_endless(b))
		return (is_endless(a) - is_endless(b));
	if ((c = bytes_compare(a->end, b->end)) == 0)
		c = a->end_closed - b->end_closed;
	return (c);
}

static int
compare_starts(const void *x, const void *y)
{
	const struct target_range *a = x, *b = y;
	int c = bytes_compare(a->start, b->start);

	if (c == 0)
		c = a->start_open - b->start_open;
	return (c);
}

static bool
is_empty(const struct target_range *g)
{
	int c;

	if (is_endless(g))
		return (false);
	c = bytes_compare(g->start, g->end);
	return (c > 0 || (c == 0 && (g->start_open || !g->end_closed)));
}

/* ${b} does not begin before ${a}: is there no key between them? */
static bool
is_adjoining(const struct target_range *a, const struct target_range *b)
{
	int c;

	if (is_endless(a))
		return (true);
	c = bytes_compare(b->start, a->end);
	return (c < 0 || (c == 0 && (a->end_closed || !b->start_open)));
}

void
ranges_normalize(struct ranges *r)
{
	struct target_range *g, *last;
	struct bytes end;
	size_t i, n = 0;

	if (r->n > 1)
		qsort(r->range, r->n, sizeof(*r->range), compare_starts);
	for (i = 0; i < r->n; i++) {
		g = &r->range[i];
		last = n > 0 ? &r->range[n - 1] : NULL;
		if (is_empty(g)) {
			free_range(g);
		} else if (last != NULL && is_adjoining(last, g)) {
			if (compare_ends(g, last) > 0) {
				end = last->end;
				last->end = g->end;
				last->end_closed = g->end_closed;
				g->end = end;
			}
			free_range(g);
		} else {
			r->range[n++] = *g;
		}
	}
	for (i = 1; i < n; i++)
		assert(!is_adjoining(&r->range[i - 1], &r->range[i]));
	r->n = n;
}

/*
 * Only the last of the ranges that begin at or before the key can contain it.
 */
bool
ranges_have(const struct ranges *r, struct bytes key)
{
	const struct target_range *g;
	size_t low = 0, high = r->n, mid;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		c = bytes_compare(r->range[mid].start, key);
		if (c < 0 || (c == 0 && !r->range[mid].start_open))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return (false);
	g = &r->range[low - 1];
	if (is_endless(g))
		return (true);
	c = bytes_compare(key, g->end);
	return (c < 0 || (c == 0 && g->end_closed));
}

bool
ranges_is_key(const struct target_range *g)
{

	return (!g->start_open && g->end_closed &&
	    bytes_equal(g->start, g->end));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "guess.h"

#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "page.h"

#define MAX_GUESS 4 /* depth of the search for records */

/* Is the key at token ${k} one that records usually have? */
static bool
is_usual_key(const struct scan *s, uint32_t k)
{
	static const char *const names[] = { "data", "dados", "value", "items",
		"itens", "results", "result", "resultado", "resultados",
		"records", "registros", "rows", "docs", "content", "entries",
		"edges", "nodes", "hits", "notas", "invoices", NULL };
	const char *const *n;

	for (n = names; *n != NULL; n++)
		if (scan_len(s, k) == strlen(*n) && strncasecmp((const char *)
		    scan_ptr(s, k), *n, scan_len(s, k)) == 0)
			return (true);
	return (false);
}

/*
 * How likely array ${t}, of the member with key ${k}, contains the records; 0:
 * not at all.  An empty one must have a usual name.
 */
static uint64_t
weigh_array(const struct scan *s, uint32_t k, uint32_t t)
{
	const uint64_t objects = (uint64_t)1 << 40, usual = (uint64_t)1 << 39;

	if (s->tok[t].count == 0)
		return (is_usual_key(s, k));
	return (1 + s->tok[t].count +
	    (s->tok[t + 1].kind == SCAN_OBJECT ? objects : 0) +
	    (is_usual_key(s, k) ? usual : 0));
}

/* The likeliest array in object ${t}, not below arrays, and its weight. */
static uint32_t
find_likeliest(const struct scan *s, uint32_t t, int depth, uint64_t *weight)
{
	const struct scan_token *tok = s->tok;
	uint32_t i, v, best = SCAN_NOT_FOUND;
	uint64_t w;

	*weight = 0;
	for (i = t + 1; depth < MAX_GUESS && i < tok[t].next;
	    i = tok[i + 1].next) {
		v = i + 1;
		if (tok[v].kind == SCAN_OBJECT)
			v = find_likeliest(s, v, depth + 1, &w);
		else if (tok[v].kind != SCAN_ARRAY)
			continue;
		else
			w = weigh_array(s, i, v);
		if (v != SCAN_NOT_FOUND && w > *weight) {
			best = v;
			*weight = w;
		}
	}
	return (best);
}

/* Append the JSON Pointer from object ${t} to token ${to} below it. */
static void
append_pointer(const struct scan *s, uint32_t t, uint32_t to, struct buf *out)
{
	const struct scan_token *tok = s->tok;
	struct buf key;
	uint32_t i;

	for (i = t + 1; i < tok[t].next; i = tok[i + 1].next) {
		if (to <= i || to >= tok[i + 1].next)
			continue;
		buf_init(&key, out->max);
		if (scan_string(s, i, &key) == -1)
			out->failed = true;
		page_append_step(out, key.data, key.len);
		buf_free(&key);
		if (to > i + 1)
			append_pointer(s, i + 1, to, out);
		return;
	}
}

bool
guess_records(struct page *p, struct buf *path)
{
	uint64_t weight;
	uint32_t t;

	if (p->lines || p->scan.ntok == 0 ||
	    p->scan.tok[0].kind != SCAN_OBJECT)
		return (false);
	t = find_likeliest(&p->scan, 0, 0, &weight);
	if (t == SCAN_NOT_FOUND)
		return (false);
	append_pointer(&p->scan, 0, t, path);
	p->found = true;
	p->single = false;
	p->at = t;
	p->records = p->scan.tok[t].count;
	return (true);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"

void
chain_init(struct chain *c)
{

	memset(c, 0, sizeof(*c));
}

void
chain_free(struct chain *c)
{

	free(c->r);
	chain_init(c);
}

int
chain_add(struct chain *c, struct receipt *r, struct err *e)
{
	struct receipt *more;
	size_t cap = c->cap == 0 ? 16 : 2 * c->cap;

	receipt_fini(r);
	if (c->n == c->cap) {
		more = reallocarray(c->r, cap, sizeof(*more));
		if (more == NULL)
			return (err_nomem(e));
		c->r = more;
		c->cap = cap;
	}
	assert(r->index == c->n); /* a chain has no gap */
	c->r[c->n++] = *r;
	return (0);
}

/* Looking through all receipts for the best one. */
struct search {
	struct store *s;
	const struct buf *want; /* this cursor, or NULL: any */
	bool markless;          /* also one without a mark */
	struct receipt best;
	bool found;
};

static bool
has_mark(const struct receipt *r, const struct buf *want)
{
	struct buf mine;
	bool same;

	if (r->mark == NULL)
		return (false);
	if (want == NULL)
		return (true);
	buf_init(&mine, RECEIPT_MAX);
	jsonw_compact(&mine, r->mark, strlen(r->mark));
	same = !mine.failed && mine.len == want->len &&
	    memcmp(mine.data, want->data, mine.len) == 0;
	buf_free(&mine);
	return (same);
}

/*
 * Is a further than b? Ties are decided by name, so that all processes agree.
 */
static bool
is_further(const struct receipt *a, const struct receipt *b)
{

	if (a->totals.records != b->totals.records)
		return (a->totals.records > b->totals.records);
	if (a->index != b->index)
		return (a->index > b->index);
	return (strcmp(a->hash, b->hash) > 0);
}

static int
consider_receipt(void *arg, const struct store_entry *entry, struct err *e)
{
	struct search *x = arg;
	struct receipt r, was;
	char hash[PART_HASH];
	uint64_t index;
	int rc;

	if (receipt_split_name(entry->name, &index, hash) == -1)
		return (0);
	if ((rc = receipt_get(x->s, index, hash, &r, e)) != 1)
		return (rc);
	if ((x->markless || has_mark(&r, x->want)) &&
	    (!x->found || is_further(&r, &x->best))) {
		was = x->best;
		x->best = r;
		r = was;
		x->found = true;
	}
	receipt_fini(&r);
	return (0);
}

/* Fill x->best; 1, 0 if no mark is found, -1. */
static int
search_receipts(struct search *x, struct err *e)
{

	if (store_list(x->s, "_nf/", STORE_FLAT, consider_receipt, x, e) == -1) {
		receipt_fini(&x->best);
		return (-1);
	}
	return (x->found);
}

int
chain_last_mark(struct store *s, struct buf *mark, struct err *e)
{
	struct search x = { .s = s };
	int rc;

	if ((rc = search_receipts(&x, e)) == 1 &&
	    buf_puts(mark, x.best.mark) == -1)
		rc = err_nomem(e);
	receipt_fini(&x.best);
	return (rc);
}

/* Fill c with the receipts up to last, which c takes over. */
static int
walk_back(struct store *s, struct receipt *last, struct chain *c,
    struct err *e)
{
	uint64_t i = last->index;
	int rc;

	c->r = calloc((size_t)i + 1, sizeof(*c->r));
	if (c->r == NULL) {
		receipt_fini(last);
		return (err_nomem(e));
	}
	c->n = c->cap = (size_t)i + 1;
	receipt_fini(last);
	c->r[i] = *last;
	for (; i > 0; i--) {
		rc = receipt_get(s, i - 1, c->r[i].before, &c->r[i - 1], e);
		if (rc == 0)
			err_set(e, ERR_DATA, "%s: receipt %zu of the chain "
			    "to the mark is missing", store_uri(s),
			    (size_t)i - 1);
		if (rc != 1)
			return (-1);
		assert(c->r[i - 1].index + 1 == c->r[i].index);
		receipt_fini(&c->r[i - 1]);
	}
	return (1);
}

/* Check that the totals in each receipt are the sums of the parts so far. */
static int
check_totals(struct store *s, const struct chain *c, struct err *e)
{
	struct part_totals sum = { 0 };
	char name[RECEIPT_NAME];
	size_t i;

	for (i = 0; i < c->n; i++) {
		part_totals_add(&sum, &c->r[i].own);
		if (part_totals_equal(&sum, &c->r[i].totals))
			continue;
		receipt_name(name, i, c->r[i].hash);
		return (err_set_code(e, ERR_DATA, "bad_receipt", "%s%s: its "
		    "totals are not the sum of the parts so far", store_uri(s),
		    name));
	}
	return (1);
}

int
chain_longest(struct store *s, struct chain *c, struct err *e)
{
	struct search x = { .s = s, .markless = true };
	int rc = search_receipts(&x, e);

	return (rc == 1 ? walk_back(s, &x.best, c, e) : rc);
}

int
chain_to_mark(struct store *s, const void *cursor, size_t n, struct chain *c,
    struct err *e)
{
	struct search x = { .s = s };
	struct buf want;
	int rc;

	buf_init(&want, RECEIPT_MAX);
	jsonw_compact(&want, cursor, n);
	x.want = &want;
	rc = want.failed ? err_nomem(e) : search_receipts(&x, e);
	if (rc == 1)
		rc = walk_back(s, &x.best, c, e);
	if (rc == 1)
		rc = check_totals(s, c, e);
	buf_free(&want);
	return (rc);
}

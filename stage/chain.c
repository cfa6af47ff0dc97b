/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "parts.h"
#include "receipt.h"

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

/* Do the totals of the receipt follow from those of the one before? */
static int
check_totals(struct store *s, const struct receipt *r,
    const struct part_totals *before, struct err *e)
{
	struct part_totals sum = *before;
	char name[RECEIPT_NAME];

	part_totals_add(&sum, &r->own);
	if (part_totals_equal(&sum, &r->totals))
		return (0);
	receipt_name(name, r->index, r->hash);
	return (err_set_code(e, ERR_DATA, "bad_receipt", "%s%s: its totals "
	    "are not the sum of the parts so far", store_uri(s), name));
}

/* Replace r by the receipt before it. */
static int
step_back(const struct search *x, struct receipt *r, struct err *e)
{
	struct part_totals start = { 0 };
	struct receipt before;
	int rc;

	if (r->index == 0)
		return (x->markless ? 0 : check_totals(x->s, r, &start, e));
	rc = receipt_get(x->s, r->index - 1, r->before, &before, e);
	if (rc == 0)
		err_set(e, ERR_DATA, "%s: receipt %" PRIu64 " of the chain to "
		    "the mark is missing", store_uri(x->s), r->index - 1);
	if (rc != 1)
		return (-1);
	receipt_fini(&before);
	assert(before.index + 1 == r->index);
	rc = x->markless ? 0 : check_totals(x->s, r, &before.totals, e);
	*r = before;
	return (rc);
}

/* Fill parts up to the best receipt, which is released. */
static int
walk_back(struct search *x, struct parts *parts, struct err *e)
{
	struct receipt *r = &x->best;
	uint64_t left = r->index + 1;

	receipt_fini(r);
	for (; left > 0; left--)
		if (parts_add(parts, r, e) == -1 || step_back(x, r, e) == -1)
			return (-1);
	parts_reverse(parts);
	return (1);
}

int
chain_longest(struct store *s, struct parts *parts, struct err *e)
{
	struct search x = { .s = s, .markless = true };
	int rc = search_receipts(&x, e);

	return (rc == 1 ? walk_back(&x, parts, e) : rc);
}

int
chain_to_mark(struct store *s, const void *cursor, size_t n,
    struct parts *parts, struct err *e)
{
	struct search x = { .s = s };
	struct buf want;
	int rc;

	buf_init(&want, RECEIPT_MAX);
	jsonw_compact(&want, cursor, n);
	x.want = &want;
	rc = want.failed ? err_nomem(e) : search_receipts(&x, e);
	if (rc == 1)
		rc = walk_back(&x, parts, e);
	buf_free(&want);
	return (rc);
}

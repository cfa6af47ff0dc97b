/* SPDX-License-Identifier: Apache-2.0 */
#include "counts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/http/http.h"
#include "lib/json/ptr.h"
#include "lib/report/msg.h"
#include "page.h"
#include "response.h"
#include "seen.h"

#define MAX_PROPOSAL 1024 /* bytes of the options in a message */

int
counts_init(struct counts *t, const struct source *s, struct err *e)
{

	memset(t, 0, sizeof(*t));
	t->source = s;
	counts_start(t);
	if (s->unique != NULL && (t->ids = seen_new(SEEN_MAX, e)) == NULL)
		return (-1);
	return (0);
}

void
counts_free(struct counts *t)
{

	seen_free(t->ids);
}

void
counts_start(struct counts *t)
{

	t->past.records = t->past.pages = 0;
	t->past.windows = false;
	t->past.proof.by = PROOF_NONE;
	t->past.proof.claimed = t->past.proof.walked = 0;
	t->first = true;
	counts_window(t);
}

void
counts_window(struct counts *t)
{

	t->past.walked = t->past.walked_pages = 0;
	t->past.total = t->past.total_pages = COUNTS_UNKNOWN;
	t->past.claimed = t->past.claimed_pages = COUNTS_UNKNOWN;
	memset(&t->last, 0, sizeof(t->last));
	t->claim[0] = t->claim_pages[0] = '\0';
	t->claim_sure = t->empty = t->said = false;
}

/* Does the page have a body that can contain a count? */
static bool
has_body(const struct page *p)
{

	return (!p->lines && p->scan.ntok > 0);
}

/* Read the count at ${place}: 1, 0 if absent, -1 if not a count. */
static int
read_place(const struct place *place, const struct page *p,
    const struct http_response *r, uint64_t *n)
{
	char text[64] = "";
	const char *digits = text;
	uint32_t i;

	if (place->header != NULL) {
		if (response_header(r, place->header, text, sizeof(text)) == 0)
			return (0);
		/* "items 0-9/25", where "*" means unknown */
		if (strrchr(text, '/') != NULL)
			digits = strrchr(text, '/') + 1;
		if (strcmp(digits, "*") == 0)
			return (0);
	} else {
		i = page_find(p, place->ptr);
		if (i == SCAN_NOT_FOUND ||
		    p->scan.tok[i].kind == SCAN_NULL)
			return (0);
		if ((p->scan.tok[i].kind == SCAN_NUMBER ||
		    p->scan.tok[i].kind == SCAN_STRING) &&
		    scan_len(&p->scan, i) < sizeof(text))
			memcpy(text, scan_ptr(&p->scan, i),
			    scan_len(&p->scan, i));
	}
	return (number_read(digits, 0, INT64_MAX, n) == -1 ? -1 : 1);
}

/*
 * Read the count at ${place}, which ${option} names, into ${count}.  A count
 * on one page is valid for those after it; 0 on a page without records may
 * count only that page, so it does not replace another.
 */
static int
take_count(const struct counts *t, const struct place *place,
    const char *option, const struct page *p, const struct http_response *r,
    uint64_t *count, struct err *e)
{
	const char *name = place->header != NULL ? place->header :
	    place->ptr != NULL ? ptr_text(place->ptr) : NULL;
	uint64_t n = 0;
	int rc;

	if (name == NULL || (place->header == NULL && !has_body(p)))
		return (place->ptr != NULL && p->lines && p->records > 0 ?
		    page_no_place("no count", e) : 0);
	rc = read_place(place, p, r, &n);
	if (rc == -1)
		return (err_set_code(e, ERR_DATA, "bad_page", "%s: what is at "
		    "\"%s\" is not a count", option, name));
	if (rc == 1 && (p->records > 0 || n > 0 || *count == COUNTS_UNKNOWN))
		*count = n;
	if (rc == 0 && *count == COUNTS_UNKNOWN && t->first)
		return (err_set_code(e, ERR_CONFIG, "unmatched", "%s: no count "
		    "at \"%s\" in the first page", option, name));
	return (0);
}

/* Keep a count recognized by its name, from the last response with one. */
static void
take_claim(const struct sign *sign, const struct page *p, uint64_t *n,
    char place[SIGNS_PLACE])
{

	if (!sign->found || (p->records == 0 && sign->n == 0))
		return;
	*n = sign->n;
	memcpy(place, sign->place, SIGNS_PLACE);
}

static int
note_id(void *arg, const struct scan *s, uint32_t record, struct err *e)
{
	struct counts *t = arg;
	uint32_t i = ptr_find(t->source->unique, s, record);
	const uint8_t *raw;
	size_t n;

	if (i == SCAN_NOT_FOUND)
		return (err_set_code(e, ERR_DATA, "bad_page", "a record "
		    "without \"%s\" (\"unique\")", ptr_text(t->source->unique)));
	raw = scan_raw(s, i, &n);
	if (!seen_add(t->ids, raw, n))
		return (0);
	return (err_set_code(e, ERR_TEMP, "moving", "an id came twice: the "
	    "list changed during the walk, so records may be missing"));
}

int
counts_page(struct counts *t, const struct page *p,
    const struct http_response *r, const struct signs_known *known,
    struct err *e)
{
	struct counts_past *past = &t->past;
	const struct sign *records = &t->last.sign[SIGN_RECORDS];

	if (take_count(t, &t->source->total, "--total", p, r, &past->total,
	    e) == -1 || take_count(t, &t->source->paginate.total_pages,
	    "total_pages", p, r, &past->total_pages, e) == -1 ||
	    signs_read(p, r, known, &t->last, e) == -1)
		return (-1);
	take_claim(records, p, &past->claimed, t->claim);
	take_claim(&t->last.sign[SIGN_PAGES], p, &past->claimed_pages,
	    t->claim_pages);
	if (records->found)
		t->claim_sure = records->sure;
	t->empty = p->records == 0;
	if (past->walked != COUNTS_UNKNOWN)
		past->walked += p->records;
	if (past->walked_pages != COUNTS_UNKNOWN)
		past->walked_pages++;
	return (t->ids == NULL ? 0 : page_each(p, note_id, t, e));
}

/*
 * Report the evidence against the end, ${place} and what it ${says}, and how
 * to continue or to override it.
 */
static int
report_more(const struct counts *t, const char *place, const char *says,
    struct err *e)
{
	struct buf how;

	buf_init(&how, MAX_PROPOSAL);
	signs_propose(&t->last, &how);
	err_set_code(e, t->first ? ERR_CONFIG : ERR_TEMP, "more_pages",
	    "the pages end here, but %s %s, and %" PRIu64 " records came.  "
	    "Try%s, or --paginate none if one page is enough.  If that "
	    "does not mean more pages: --set /not_more/-=%s", place, says,
	    t->past.walked, buf_cstr(&how) != NULL ? buf_cstr(&how) : "",
	    place);
	buf_free(&how);
	return (-1);
}

/* Does the last response say that there is more?  -1 with ${e} if so. */
static int
check_signs(const struct counts *t, struct err *e)
{
	static const struct {
		enum sign_kind kind;
		const char *says;
	} kinds[] = {
		{ SIGN_LINK, "has a link to the next page" },
		{ SIGN_NEXT, "names a next page" },
		{ SIGN_MORE, "says that there is more" },
	};
	const struct sign *s;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		s = &t->last.sign[kinds[i].kind];
		if (s->found && (!t->said || kinds[i].kind == SIGN_MORE))
			return (report_more(t, s->place, kinds[i].says, e));
	}
	s = &t->last.sign[SIGN_TOKEN];
	if (s->found && t->first && t->past.walked > 0 && !t->said &&
	    !t->last.no_more)
		return (report_more(t, s->place, "holds a cursor", e));
	return (0);
}

/* Are there fewer records than a name claims?  -1 with ${e} if so. */
static int
check_claimed(const struct counts *t, struct err *e)
{
	const struct counts_past *past = &t->past;
	const struct paginate_spec *spec = &t->source->paginate;
	uint64_t skipped = spec->type == PAGINATE_OFFSET ? spec->start : 0;
	char says[64];

	if (past->claimed == COUNTS_UNKNOWN || past->walked == COUNTS_UNKNOWN ||
	    past->total != COUNTS_UNKNOWN ||
	    (spec->type == PAGINATE_PAGE && spec->start > 1) ||
	    past->walked + skipped >= past->claimed)
		return (0);
	snprintf(says, sizeof(says), "counts %" PRIu64 " records",
	    past->claimed);
	return (report_more(t, t->claim, says, e));
}

/* Or fewer pages? */
static int
check_claimed_pages(const struct counts *t, struct err *e)
{
	const struct counts_past *past = &t->past;
	const struct paginate_spec *spec = &t->source->paginate;
	uint64_t skipped = spec->type == PAGINATE_PAGE && spec->start > 1 ?
	    spec->start - 1 : 0;
	char says[64];

	if (past->claimed_pages == COUNTS_UNKNOWN ||
	    past->walked_pages == COUNTS_UNKNOWN ||
	    past->total_pages != COUNTS_UNKNOWN ||
	    past->walked_pages + skipped >= past->claimed_pages ||
	    past->total == past->walked)
		return (0);
	snprintf(says, sizeof(says), "counts %" PRIu64 " pages",
	    past->claimed_pages);
	return (report_more(t, t->claim_pages, says, e));
}

/* The list may have grown while it was walked: a warning, once. */
static void
warn_growth(struct counts *t)
{

	if (t->grew || !t->claim_sure || t->past.walked_pages < 2 ||
	    t->past.claimed == COUNTS_UNKNOWN ||
	    t->past.walked == COUNTS_UNKNOWN ||
	    t->past.walked <= t->past.claimed)
		return;
	t->grew = true;
	msg_log(MSG_WARNING, "grew", "the API counts %" PRIu64 " records (%s), "
	    "and %" PRIu64 " came: the list has grown", t->past.claimed,
	    t->claim, t->past.walked);
}

/* The strongest proof that this window, ended by ${by}, is complete. */
static void
prove_window(const struct counts *t, enum proof_by by, struct proof *p)
{
	const struct counts_past *past = &t->past;
	uint64_t pages = past->walked_pages == COUNTS_UNKNOWN ? 0 :
	    past->walked_pages - t->empty;
	bool counted = past->claimed != COUNTS_UNKNOWN && (t->claim_sure ||
	    (past->walked_pages > 1 && past->walked_pages != COUNTS_UNKNOWN));

	p->by = by;
	p->walked = 0;
	p->claimed = past->total != COUNTS_UNKNOWN ? past->total :
	    counted ? past->claimed : PROOF_UNCLAIMED;
	if (by == PROOF_LIMIT)
		return;
	if (p->claimed == past->walked && past->walked != COUNTS_UNKNOWN)
		p->by = PROOF_TOTAL;
	else if (p->by > PROOF_PAGES && pages > 0 &&
	    (past->total_pages == pages || past->claimed_pages == pages))
		p->by = PROOF_PAGES;
}

int
counts_end(struct counts *t, enum proof_by by, struct err *e)
{
	const struct counts_past *past = &t->past;
	struct proof window;
	bool checked = by != PROOF_LIMIT &&
	    t->source->paginate.type != PAGINATE_NONE;

	assert(by != PROOF_NONE);
	if (by != PROOF_LIMIT && past->total != COUNTS_UNKNOWN &&
	    past->walked != COUNTS_UNKNOWN && past->total != past->walked)
		return (err_set_code(e, checked && t->first &&
		    past->walked < past->total ? ERR_CONFIG : ERR_TEMP,
		    "total_mismatch", "the API "
		    "counts %" PRIu64 " records, but %" PRIu64 " came",
		    past->total, past->walked));
	if (checked && (check_signs(t, e) == -1 ||
	    check_claimed(t, e) == -1 || check_claimed_pages(t, e) == -1))
		return (-1);
	if (checked)
		warn_growth(t);
	prove_window(t, by, &window);
	if (t->past.windows && t->past.proof.by == PROOF_NONE)
		return (0); /* nothing is known of the earlier ones */
	t->past.windows = true;
	proof_weaken(&t->past.proof, &window);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "counts.h"

#include <inttypes.h>
#include <string.h>

#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/ptr.h"
#include "page.h"
#include "seen.h"

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
	counts_window(t);
}

void
counts_window(struct counts *t)
{

	t->past.walked = 0;
	t->past.total = PAGINATE_UNKNOWN;
	t->past.total_pages = t->past.total_records = PAGINATE_UNKNOWN;
}

/* Read what the API says the number of all records is. */
static int
note_total(struct counts *t, const struct page *p, struct err *e)
{
	const struct ptr *ptr = t->source->total;
	uint32_t i = page_find(p, ptr);
	uint64_t n;

	if (ptr == NULL || (p->lines && p->records == 0))
		return (0);
	if (i == SCAN_NOT_FOUND || number_u64(scan_ptr(&p->scan, i),
	    scan_len(&p->scan, i), INT64_MAX, &n) == -1)
		return (err_set_code(e, ERR_DATA, "bad_page", "no count at "
		    "\"%s\" (--total)", ptr_text(ptr)));
	paginate_told(p, n, &t->past.total);
	return (0);
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
		    "without \"%s\" (--unique)", ptr_text(t->source->unique)));
	raw = scan_raw(s, i, &n);
	if (!seen_add(t->ids, raw, n))
		return (0);
	return (err_set_code(e, ERR_TEMP, "moving", "an id came twice: the "
	    "list moves while it is walked, so others may have been missed"));
}

int
counts_page(struct counts *t, const struct page *p, struct err *e)
{

	if (note_total(t, p, e) == -1)
		return (-1);
	if (t->past.walked != PAGINATE_UNKNOWN)
		t->past.walked += p->records;
	if (t->ids == NULL)
		return (0);
	return (page_each(p, note_id, t, e));
}

int
counts_check(const struct counts *t, struct err *e)
{
	const struct paginate_past *p = &t->past;

	if (p->total == PAGINATE_UNKNOWN || p->total == p->walked)
		return (0);
	return (err_set_code(e, ERR_TEMP, "total_mismatch", "the API counts %"
	    PRIu64 " records, but %" PRIu64 " came", p->total, p->walked));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "job_since.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "job.h"
#include "ledger.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "manifest.h"
#include "receipt.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "stage/store/store_open.h"

/* The store of a run of the job; NULL on error. */
static struct store *
open_job_run(const struct job *j, const struct ledger_run *r,
    const struct store_conf *conf, struct err *e)
{
	struct store *s = NULL;
	struct buf uri;

	buf_init(&uri, 4 * STORE_MAX_NAME);
	buf_printf(&uri, "%s/%s/%s", j->stage, j->name, r->name);
	if (buf_cstr(&uri) == NULL)
		err_nomem(e);
	else
		s = store_open(buf_cstr(&uri), STORE_OPEN_RUN, conf, e);
	buf_free(&uri);
	return (s);
}

/* Can this text be part of a line of the ledger? */
static bool
is_one_line(const struct buf *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->data[i] < ' ')
			return (false);
	return (text->len > 0 && text->len < RUN_INFO_SINCE);
}

/* The cursor in a mark of nf-fetch: 1, 0 if it has no cursor, -1. */
static int
read_mark_text(const char *mark, struct buf *since, struct err *e)
{
	struct buf text; /* padded, as the scanner needs it */
	struct scan s;
	uint32_t t;
	int rc;

	buf_init(&text, SCAN_MAX_LEN);
	scan_init(&s);
	if (buf_puts(&text, mark) == -1)
		rc = err_nomem(e);
	else if ((rc = scan_text(&s, text.data, text.len, e)) == 0) {
		t = scan_member(&s, 0, "text", 4);
		if (t != SCAN_NOT_FOUND && s.tok[t].kind == SCAN_STRING)
			rc = scan_string(&s, t, since) == -1 ? err_nomem(e) :
			    is_one_line(since);
	}
	scan_free(&s);
	buf_free(&text);
	return (rc);
}

/* Where the committed run of ${m} ended, by its newest receipt. */
static int
read_reached(struct store *s, const struct manifest *m, struct buf *since,
    struct err *e)
{
	struct receipt last, r;
	int rc;

	if (m->parts.n == 0) /* no records */
		return (buf_puts(since, m->run.since) == -1 ? err_nomem(e) : 0);
	memset(&r, 0, sizeof(r));
	parts_get(&m->parts, m->parts.n - 1, &last);
	if ((rc = receipt_get(s, last.index, last.hash, &r, e)) == 1)
		rc = r.mark == NULL ? 0 : read_mark_text(r.mark, since, e);
	receipt_fini(&r);
	if (rc == 0)
		err_set_code(e, ERR_CONFIG, "no_since", "%s: its fetch left no "
		    "mark after the last record: does the source use {since} "
		    "and page by a cursor?", store_uri(s));
	return (rc == 1 ? 0 : -1);
}

/* Where window ${number} begins; ${r} is its run or the previous one. */
static int
read_run_since(struct store *s, const struct ledger_run *r, int64_t number,
    struct buf *since, struct err *e)
{
	struct run_info run;
	struct manifest m;
	int rc;

	if (r->window.from == number) {
		if ((rc = run_info_get(s, &run, e)) == 1 &&
		    buf_puts(since, run.since) == -1)
			rc = err_nomem(e);
		return (rc == 0 ? store_vanished(s, RUN_INFO_NAME, e) :
		    rc == 1 ? 0 : -1);
	}
	manifest_init(&m);
	if ((rc = manifest_get(s, &m, e)) == 1)
		rc = read_reached(s, &m, since, e);
	else if (rc == 0)
		rc = store_vanished(s, MANIFEST_NAME, e);
	manifest_fini(&m);
	return (rc);
}

int
job_since(const struct job *j, const struct ledger *l, int64_t number,
    const struct store_conf *conf, struct buf *since, struct err *e)
{
	const struct ledger_run *r = NULL;
	struct store *s;
	size_t i;
	int rc;

	assert(j->plan.every == JOB_CURSOR);
	buf_reset(since);
	for (i = 0; i < l->n && l->run[i].window.from <= number; i++)
		if (l->run[i].window.from == number ||
		    l->run[i].state >= LEDGER_COMMITTED)
			r = &l->run[i];
	if (r == NULL)
		return (buf_puts(since, j->first) == -1 ? err_nomem(e) : 0);
	if ((s = open_job_run(j, r, conf, e)) == NULL)
		return (-1);
	rc = read_run_since(s, r, number, since, e);
	store_close(s);
	return (rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "bt_read.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bt_filter.h"
#include "bt_instance.h"
#include "chunks.h"
#include "cookies.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/code.h"
#include "load/ranges.h"
#include "retry.h"

#define METHOD "/google.bigtable.v2.Bigtable/ReadRows"
#define STEP_MS 100 /* delay until a signal is noticed */
#define MAX_NAME ((size_t)64 << 10) /* bytes of a full name */

struct bt_read {
	struct target_read read;
	struct buf name, params;
	struct target_range *range; /* the ranges that remain to be read */
	size_t n;
	bool all; /* no range: all rows */
	struct buf from;            /* the last key, for ranges */
	uint64_t rows;
	struct chunks chunks;
	struct rpc_call *call;
	struct cookies cookies;
	struct backoff backoff;
	int64_t begun; /* when the call was started */
	int64_t heard; /* when data last arrived */
	bool silent;   /* call cancelled: no data arrived */
	bool renewed;
	Google__Bigtable__V2__ReadRowsResponse *answer;
	size_t chunk; /* of it, the next */
};

int
bt_read_begin(struct target *t, const struct target_read *r, struct err *e)
{
	struct bt_instance *b = bt_instance_of(t);
	struct bt_read *x;

	if (bt_instance_data(b, e) == NULL)
		return (-1);
	bt_read_end(t);
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (err_nomem(e));
	b->read = x;
	x->read = *r;
	buf_init(&x->name, MAX_NAME);
	buf_init(&x->params, 4 * MAX_NAME);
	buf_init(&x->from, ROW_MAX);
	chunks_init(&x->chunks, r->reverse);
	bt_instance_backoff(b, &x->backoff);
	x->all = r->nranges == 0;
	x->range = calloc(r->nranges + 1, sizeof(*x->range));
	if (x->range == NULL || bt_instance_name(b, r->table, &x->name,
	    &x->params, "table_name") == -1)
		return (err_nomem(e));
	if (r->nranges > 0)
		memcpy(x->range, r->range, r->nranges * sizeof(*x->range));
	x->n = r->nranges;
	return (0);
}

static void
drop_answer(struct bt_read *x)
{

	if (x->answer != NULL)
		google__bigtable__v2__read_rows_response__free_unpacked(
		    x->answer, NULL);
	x->answer = NULL;
	x->chunk = 0;
}

void
bt_read_end(struct target *t)
{
	struct bt_instance *b = bt_instance_of(t);
	struct bt_read *x = b->read;
	struct rpc_call *call;
	const uint8_t *p;
	size_t n;

	if (x == NULL)
		return;
	if (x->call != NULL) {
		rpc_cancel(x->call);
		while (rpc_next(b->data, INT64_MAX, &call, &p, &n) !=
		    RPC_DONE)
			continue;
		rpc_end(x->call);
	}
	drop_answer(x);
	chunks_free(&x->chunks);
	buf_free(&x->name);
	buf_free(&x->params);
	buf_free(&x->from);
	free(x->range);
	free(x);
	b->read = NULL;
}

/* Remove the keys up to ${key} from a range; does anything remain? */
static bool
cut_range(struct target_range *g, struct bytes key, bool reverse)
{
	int c;

	if (reverse) {
		if ((g->end.n == 0 && !g->end_closed) ||
		    bytes_compare(key, g->end) <= 0) {
			g->end = key;
			g->end_closed = false;
		}
	} else if (bytes_compare(key, g->start) >= 0) {
		g->start = key;
		g->start_open = true;
	}
	if (g->end.n == 0 && !g->end_closed)
		return (true);
	c = bytes_compare(g->start, g->end);
	return (c < 0 || (c == 0 && !g->start_open && g->end_closed));
}

/* Compute what remains to be read.  Return 1, or 0 if nothing remains. */
static int
find_rest(struct bt_read *x, struct err *e)
{
	struct bytes key;
	size_t i, n = 0;

	if (x->read.limit != 0 && x->rows >= x->read.limit)
		return (0);
	if (!x->chunks.has_last)
		return (1);
	buf_reset(&x->from);
	if (buf_append(&x->from, x->chunks.last.data, x->chunks.last.len) ==
	    -1)
		return (err_nomem(e));
	key.p = x->from.data;
	key.n = x->from.len;
	if (x->all) {
		memset(&x->range[0], 0, sizeof(x->range[0]));
		x->n = 1;
		x->all = false;
	}
	for (i = 0; i < x->n; i++)
		if (cut_range(&x->range[i], key, x->read.reverse))
			x->range[n++] = x->range[i];
	x->n = n;
	return (n > 0);
}

/* Start a call for the remaining ranges: 1, 0 if none remains, -1. */
static int
start_reading(struct bt_instance *b, struct err *e)
{
	struct bt_read *x = b->read;
	struct rpc_request req = { .method = METHOD,
		.params = (const char *)x->params.data,
		.features = b->features, .cookies = &x->cookies };
	int rc;

	if ((rc = find_rest(x, e)) != 1)
		return (rc);
	req.deadline = deadline_at(&b->deadline);
	if (bt_filter_request(&x->read, x->range, x->n,
	    x->read.limit == 0 ? 0 : x->read.limit - x->rows,
	    (const char *)x->name.data, b->conf.app_profile, &req.message, e) ==
	    -1)
		return (-1);
	msg_trace(MSG_DEBUG, "request_size", "%s: ReadRows: %zu ranges, %zu "
	    "bytes", x->read.table, x->n, GRPC_SLICE_LENGTH(req.message));
	assert(x->call == NULL);
	chunks_restart(&x->chunks);
	x->silent = false;
	x->begun = x->heard = clock_mono_ms();
	if ((x->call = rpc_start(b->data, &req, e)) == NULL)
		return (-1);
	return (1);
}

/* The call ended with an error: wait and return 0 to retry, or -1. */
static int
retry_reading(struct bt_instance *b, struct rpc_status *st, struct err *e)
{
	struct bt_read *x = b->read;
	bool again;
	int rc = 0;

	if (sig_check(e) == -1)
		return (-1);
	if (x->silent) {
		st->code = CODE_UNAVAILABLE;
		snprintf(st->message, sizeof(st->message),
		    "nothing came for %" PRIu64 " ms",
		    b->conf.attempt_time);
	}
	again = retry_again(st->code, st->message, st->retry_ms) ||
	    retry_renews(st->code, &x->renewed);
	if (again)
		rc = bt_instance_wait(b, &x->backoff, x->read.table, st, e);
	if (rc == 0)
		return (bt_instance_failed(st, x->read.table, e));
	return (rc == 1 ? 0 : -1);
}

/* The call has ended: 0 if everything has been read, 1 to retry, -1. */
static int
end_call(struct bt_instance *b, struct err *e)
{
	struct bt_read *x = b->read;
	struct rpc_status st = *rpc_status(x->call);

	rpc_end(x->call);
	x->call = NULL;
	msg_trace(MSG_INFO, "request", "%s: ReadRows: %s, %" PRIu64
	    " rows so far, %" PRId64 " ms", x->read.table,
	    code_name(st.code), x->rows, clock_mono_ms() - x->begun);
	if (st.code == CODE_OK)
		return (chunks_end(&x->chunks, e));
	if (find_rest(x, e) == 0)
		return (0);
	return (retry_reading(b, &st, e) == 0 ? 1 : -1);
}

static void
watch_silence(struct bt_instance *b)
{
	struct bt_read *x = b->read;

	if (sig_caught() == 0 && clock_mono_ms() - x->heard <=
	    (int64_t)b->conf.attempt_time)
		return;
	x->silent = true;
	rpc_cancel(x->call);
}

/* Get the next response: 1, 0 at the end, -1. */
static int
read_rows_answer(struct bt_instance *b, struct err *e)
{
	struct bt_read *x = b->read;
	struct rpc_call *call;
	const uint8_t *p;
	size_t n;
	int rc;

	drop_answer(x);
	for (;;) {
		if (x->call == NULL && (rc = start_reading(b, e)) != 1)
			return (rc);
		switch (rpc_next(b->data, clock_mono_ms() + STEP_MS, &call,
		    &p, &n)) {
		case RPC_NOTHING:
			watch_silence(b);
			break;
		case RPC_DONE:
			if ((rc = end_call(b, e)) != 1)
				return (rc);
			break;
		case RPC_MESSAGE:
			x->heard = clock_mono_ms();
			bt_instance_backoff(b, &x->backoff);
			x->answer =
			    google__bigtable__v2__read_rows_response__unpack(
			    NULL, n, p);
			if (x->answer != NULL)
				return (1);
			return (err_set(e, ERR_REFUSED,
			    "not a valid response to ReadRows"));
		}
	}
}

static int
get_answer(struct bt_instance *b, struct err *e)
{
	int rc;

	waiting_enter(0, "Bigtable to send rows");
	rc = read_rows_answer(b, e);
	waiting_leave();
	return (rc);
}

/*
 * Process chunks of the current response up to the end of a row: 1, 0 if there
 * are no more chunks, -1.
 */
static int
take_chunks(struct bt_read *x, struct err *e)
{
	const Google__Bigtable__V2__ReadRowsResponse *a = x->answer;
	struct bytes key;
	int rc;

	if (a == NULL)
		return (0);
	while (x->chunk < a->n_chunks) {
		rc = chunks_take(&x->chunks, a->chunks[x->chunk++], e);
		if (rc == 1 || rc == -1)
			return (rc);
	}
	key.p = a->last_scanned_row_key.data;
	key.n = a->last_scanned_row_key.len;
	if (key.n > 0)
		return (chunks_scanned(&x->chunks, key, e));
	return (0);
}

int
bt_read_row(struct target *t, struct row *row, struct err *e)
{
	struct bt_instance *b = bt_instance_of(t);
	struct bt_read *x = b->read;
	struct row taken;
	int rc;

	/* Everything after the last requested row is ignored. */
	if (x->read.limit != 0 && x->rows == x->read.limit)
		return (0);
	while ((rc = take_chunks(x, e)) == 0)
		if ((rc = get_answer(b, e)) != 1)
			return (rc);
	if (rc == 1) {
		x->rows++;
		taken = x->chunks.row;
		x->chunks.row = *row;
		*row = taken;
	}
	return (rc);
}

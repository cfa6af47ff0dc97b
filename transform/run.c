/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <string.h>

#include "lib/app.h"
#include "lib/err.h"
#include "lib/msg.h"
#include "lib/reject.h"
#include "lib/stream.h"

#include "machine.h"
#include "options.h"
#include "program.h"
#include "unique.h"

/* Rows are handed on in such pieces. */
#define BLOCK ((size_t)128 << 10)
/* The rows of one record, and a block before them. */
#define MAX_OUT ((size_t)1 << 30)

struct run {
	struct app *app;
	const struct options *o;
	const struct program *prog;
	struct stream *in;
	struct stream_out out;
	struct reject *reject;
	struct machine_run info;
	struct machine machine;
	struct unique *unique;
	bool ready;      /* ${machine} is initialised */
	struct buf rows; /* transformed, not yet handed on */
	uint64_t nrows;
};

/* Hand on the rows so far. */
static int
hand_on(struct run *r, struct err *e)
{
	int rc = 0;

	if (r->rows.len > 0)
		rc = stream_out_lines(&r->out, r->rows.data, r->rows.len,
		    r->nrows, e);
	r->rows.len = 0;
	r->nrows = 0;
	return (rc);
}

/* The time of the run is known now, or never will be. */
static int
start(struct run *r, struct err *e)
{
	const struct stream_begin *head = stream_head(r->in);

	r->info.run = r->app->run != NULL ? r->app->run :
	    head != NULL ? head->run : "";
	r->info.source = r->o->source != NULL ? r->o->source : r->info.run;
	if (r->o->ts != NULL) {
		r->info.has_ts = true;
		r->info.ts = r->o->ts_micros;
	} else if (head != NULL) {
		r->info.has_ts = true;
		r->info.ts = head->at - head->at % 1000; /* what tables keep */
	}
	if (!r->info.has_ts && r->prog->needs_run_time)
		return (err_set(e, ERR_USAGE, "the input is not sealed and so "
		    "gives no timestamp: give --ts MICROSECONDS, or a "
		    "\"timestamp\" in the mapping"));
	if (machine_init(&r->machine, r->prog, &r->info, e) == -1)
		return (-1);
	r->ready = true;
	if (r->prog->unique_limit > 0 &&
	    (r->unique = unique_new(r->prog->unique_limit)) == NULL)
		return (err_nomem(e));
	r->machine.unique = r->unique;
	return (0);
}

static int
refuse(struct run *r, const struct stream_item *item, struct err *e)
{
	struct fault *f = &r->machine.fault;
	struct reject_entry n = { .tool = "nf-transform", .code = f->code,
		.message = f->message, .line = item->number,
		.record = item->line, .len = item->len };

	if (*r->info.source != '\0')
		n.source = r->info.source;
	if (f->has_pointer)
		n.pointer = buf_cstr(&f->pointer);
	r->app->stats.rejected++;
	return (reject_write(r->reject, &n, e));
}

static int
record(struct run *r, const struct stream_item *item, struct err *e)
{

	if (!r->ready && start(r, e) == -1)
		return (-1);
	r->app->stats.records_in++;
	if (machine_record(&r->machine, item->line, item->len,
	    stream_records(r->in), &r->rows) == -1) {
		if (r->machine.no_memory)
			return (err_nomem(e));
		if (r->machine.unique_full)
			return (err_set(e, ERR_CONFIG, "line %llu: more values "
			    "to be unique than the limit of %zu: raise "
			    "\"unique\": {\"limit\": N}",
			    (unsigned long long)item->number,
			    r->prog->unique_limit));
		return (refuse(r, item, e));
	}
	r->nrows += r->machine.nrow;
	r->app->stats.records_out += r->machine.nrow;
	app_progress(r->app, "rows");
	return (r->rows.len >= BLOCK ? hand_on(r, e) : 0);
}

static int
item(struct run *r, const struct stream_item *i, struct err *e)
{

	switch (i->kind) {
	case STREAM_BEGIN:
		if (start(r, e) == -1)
			return (-1);
		if (*r->info.run != '\0')
			msg_run(r->info.run);
		return (r->o->no_seal ? 0 :
		    stream_out_begin(&r->out, stream_head(r->in), e));
	case STREAM_MARK:
		if (hand_on(r, e) == -1)
			return (-1);
		return (stream_out_mark(&r->out, i->line, i->len, e));
	case STREAM_RECORD:
		return (record(r, i, e));
	default:
		return (0);
	}
}

/* Read to the end; a reader that waits gets what there is. */
static int
loop(struct run *r, struct err *e)
{
	struct stream_item i;

	for (;;) {
		if (!stream_buffered(r->in) && (hand_on(r, e) == -1 ||
		    stream_out_flush(&r->out, e) == -1))
			return (-1);
		if (stream_read(r->in, &i, e) == -1 || item(r, &i, e) == -1)
			return (-1);
		if (i.kind == STREAM_EOF)
			return (0);
	}
}

/* Tell how often checks failed that only warn. */
static void
tell_warnings(const struct run *r)
{
	uint32_t i;

	for (i = 0; r->ready && i < r->prog->nchecks; i++)
		if (r->machine.warned[i] > 0)
			msg_log(MSG_WARNING, "check_failed", "%s: %s: a check "
			    "failed %llu times", r->o->mapping, r->prog->code[i],
			    (unsigned long long)r->machine.warned[i]);
}

/* After an error: the rows before it still go out. */
static int
finish(struct run *r, int rc, struct err *e)
{
	struct err late = { 0 };

	if (rc == 0) {
		if (hand_on(r, e) == -1 || stream_out_end(&r->out, e) == -1)
			return (-1);
		r->app->stats.sealed = r->out.sealed;
		return (0);
	}
	if (e->class == ERR_DATA || e->class == ERR_TEMP)
		if (hand_on(r, &late) == -1 ||
		    stream_out_flush(&r->out, &late) == -1)
			*e = late;
	return (-1);
}

int
run_stream(struct app *app, const struct options *o,
    const struct program *prog, struct err *e)
{
	struct run r = { .app = app, .o = o, .prog = prog };
	int rc = -1;

	buf_init(&r.rows, MAX_OUT);
	stream_out_init(&r.out, 1);
	if ((r.reject = reject_open(o->reject, o->max_rejects, e)) == NULL ||
	    (r.in = stream_open(0, o->max_line, e)) == NULL)
		goto done;
	rc = finish(&r, loop(&r, e), e);
	tell_warnings(&r);
	app->stats.bytes_in = stream_bytes(r.in);
	app->stats.bytes_out = r.out.bytes;
done:
	if (reject_close(r.reject, app->stats.records_in, rc == 0, e) == -1)
		rc = -1;
	if (r.ready)
		machine_fini(&r.machine);
	unique_free(r.unique);
	stream_free(r.in);
	stream_out_free(&r.out);
	buf_free(&r.rows);
	return (rc);
}

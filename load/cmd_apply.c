/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_apply.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd_create.h"
#include "code.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/json/jsonw.h"
#include "lib/report/msg.h"
#include "lib/stream/reject.h"
#include "lib/stream/stream.h"
#include "mutation.h"
#include "options.h"
#include "ranges.h"
#include "results.h"
#include "schema_watch.h"
#include "target.h"
#include "target_open.h"

#define TICK_MS 5 /* how often stdin is checked while rows are in progress */

struct apply {
	const struct options *o;
	struct app *app;
	struct target *target;
	struct stream *in;
	struct schema_watch *watch;
	struct results *results;
	struct reject *reject;
	struct mutation m;
	struct mutation_defaults defaults;
	struct ranges except; /* rows that are skipped */
	uint64_t excepted;
	bool stop;         /* a row failed: stop reading */
	bool mute;         /* results can no longer be written */
	struct err why;    /* why a line is not a mutation */
	struct err failed; /* the first failure of a row */
};

/*
 * Stop reading; ${why} is reported unless another error came first.  The
 * target continues, so that the lines it has accepted are finished.
 */
static void
stop_reading(struct apply *a, const struct err *why)
{

	a->stop = true;
	if (a->failed.class == ERR_NONE)
		a->failed = *why;
}

/* Report a row that the target refused permanently. */
static void
handle_refusal(struct apply *a, const struct target_outcome *o)
{
	const struct reject_entry entry = {
		.tool = "nf-load",
		.code = code_name(o->code),
		.message = o->message,
		.line = o->line,
		.record = o->raw.p,
		.len = o->raw.n
	};
	enum err_class class = o->temporary ? ERR_TEMP :
	    code_class(o->code, o->scope);
	struct err why = { .class = ERR_NONE };

	if (a->o->reject == NULL || class != ERR_REFUSED) {
		err_set(&why, class, "line %" PRIu64 ": %s: %s", o->line,
		    code_name(o->code), o->message);
		stop_reading(a, &why);
	} else if (!a->stop) {
		a->app->stats.rejected++;
		if (reject_write(a->reject, &entry, &why) == -1)
			stop_reading(a, &why);
	}
}

static void
note_result(struct apply *a, const struct target_outcome *o)
{
	struct err why = { .class = ERR_NONE };

	if (results_add(a->results, o, &why) == 0)
		return;
	a->mute = true;
	stop_reading(a, &why);
}

static int
take_outcome(void *arg, const struct target_outcome *o, struct err *e)
{
	struct apply *a = arg;

	(void)e;
	if (a->results != NULL && !a->mute)
		note_result(a, o);
	if (o->code != CODE_OK)
		handle_refusal(a, o);
	else
		a->app->stats.records_out++;
	return (0);
}

/* Report a line that is not a valid mutation or that no server would accept. */
static int
reject_line(struct apply *a, const struct err *why, struct err *e)
{
	char text[sizeof(a->m.pointer) + sizeof(why->msg) + 2];
	const struct target_outcome o = {
		.index = a->m.index,
		.line = a->m.line,
		.code = CODE_INVALID_ARGUMENT,
		.message = text
	};
	const struct reject_entry entry = {
		.tool = "nf-load",
		.code = why->code,
		.message = why->msg,
		.pointer = a->m.pointer[0] == '\0' ? NULL : a->m.pointer,
		.line = a->m.line,
		.record = a->m.raw.p,
		.len = a->m.raw.n
	};

	if (why->class != ERR_DATA) {
		*e = *why;
		return (-1);
	}
	snprintf(text, sizeof(text), "%s%s%s", a->m.pointer,
	    a->m.pointer[0] == '\0' ? "" : ": ", why->msg);
	if (a->results != NULL && results_add(a->results, &o, e) == -1)
		return (-1);
	if (reject_write(a->reject, &entry, e) == -1)
		return (-1);
	a->app->stats.rejected++;
	return (0);
}

static int
apply_record(struct apply *a, const struct stream_item *it, struct err *e)
{
	int rc;

	a->m.line = it->number;
	a->m.index = a->app->stats.records_in++;
	if (mutation_parse(&a->m, it->line, it->len, &a->defaults,
	    &a->why) == -1) {
		rc = reject_line(a, &a->why, e);
		err_clear(&a->why);
		return (rc);
	}
	progress_look(a->app);
	if (!a->m.delete && ranges_have(&a->except, a->m.row)) {
		a->excepted++;
		return (0);
	}
	if (schema_watch_check(a->watch, &a->m, e) == -1)
		return (-1);
	return (a->target->ops->write(a->target, &a->m, e));
}

/* Wait for input; work in progress continues in the meantime. */
static int
wait_input(struct apply *a, struct err *e)
{
	struct pollfd p[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN } };
	int rc, ready;

	for (;;) {
		/* Do not wait if input is available. */
		ready = poll(p, 1, 0);
		rc = a->target->ops->work(a->target,
		    ready == 1 ? 0 : clock_mono_ms() + TICK_MS, e);
		if (rc == -1 || sig_check(e) == -1)
			return (-1);
		if (a->stop)
			return (0);
		if (ready != 1 && (poll(p, 2, rc == 1 ? 0 : -1) < 1 ||
		    p[0].revents == 0))
			continue;
		if ((rc = stream_fill(a->in, e)) != 0)
			return (rc == 1 ? 0 : -1);
	}
}

/* 1 if there was a record, 0 at the end, -1. */
static int
read_next(struct apply *a, struct err *e)
{
	struct stream_item it;

	for (;;) {
		if (!stream_buffered(a->in) && wait_input(a, e) == -1)
			return (-1);
		if (a->stop)
			return (0);
		if (stream_read(a->in, &it, e) == -1)
			return (-1);
		if (it.kind == STREAM_EOF)
			return (0);
		if (it.kind == STREAM_RECORD)
			return (apply_record(a, &it, e) == 0 ? 1 : -1);
		if (it.kind == STREAM_BEGIN && a->app->run == NULL)
			msg_run(stream_head(a->in)->run);
	}
}

static int
open_apply(struct apply *a, struct err *e)
{
	struct target_writer w = { .outcome = take_outcome, .arg = a,
		.keep_raw = a->o->reject != NULL };

	mutation_init(&a->m);
	if (a->o->except != NULL &&
	    ranges_add_file(&a->except, a->o->except, '\n', e) == -1)
		return (-1);
	ranges_normalize(&a->except);
	a->in = stream_open(STDIN_FILENO, a->o->max_line, e);
	a->reject = reject_open(a->o->reject, a->o->max_rejects, e);
	if (a->in == NULL || a->reject == NULL)
		return (-1);
	if (a->o->results != NULL && (a->results =
	    results_open(a->o->results, a->o->results_all ? RESULTS_ALL :
	    RESULTS_FAILED, e)) == NULL)
		return (-1);
	if ((a->target = target_open(a->o, a->app, TARGET_WRITE,
	    e)) == NULL)
		return (-1);
	if ((a->watch = schema_watch_new(a->target, e)) == NULL)
		return (-1);
	a->defaults.table = bytes_of(a->target->table);
	a->defaults.ts = a->o->ts;
	return (a->target->ops->write_begin(a->target, &w, e));
}

/*
 * Rows before a failure are valid and are still written; only the first
 * failure is reported.
 */
static void
finish_apply(struct apply *a, struct err *e)
{
	struct err late = { .class = ERR_NONE };

	if (e->class != ERR_IO && e->class != ERR_PIPE &&
	    a->target->ops->finish(a->target,
	    a->stop || e->class == ERR_SIGNAL ? TARGET_STOP : TARGET_FINISH,
	    &late) == -1 &&
	    e->class == ERR_NONE)
		*e = late;
	if (e->class == ERR_NONE && sig_check(e) == 0 &&
	    a->failed.class != ERR_NONE)
		*e = a->failed;
	if (e->class == ERR_NONE)
		a->app->stats.sealed = stream_sealed(a->in);
}

static void
close_apply(struct apply *a, struct err *e)
{
	struct err late = { .class = ERR_NONE };
	uint64_t records = a->app->stats.records_in;

	if (a->in != NULL)
		a->app->stats.bytes_in = stream_bytes(a->in);
	schema_watch_free(a->watch);
	target_close(a->target);
	if (results_close(a->results, &late) == -1 && e->class == ERR_NONE)
		*e = late;
	err_clear(&late);
	reject_tell(a->reject, a->app->metrics, &a->app->extra);
	if (a->o->except != NULL)
		jsonw_u64(&a->app->extra, "excepted", a->excepted);
	if (reject_close(a->reject, records, e->class == ERR_NONE, &late) ==
	    -1 && e->class == ERR_NONE)
		*e = late;
	stream_free(a->in);
	ranges_free(&a->except);
	mutation_free(&a->m);
}

int
cmd_apply(const struct options *o, struct app *app)
{
	struct apply a = { .o = o, .app = app };
	struct err *e = &app->err;

	if (o->create != NULL && cmd_create_missing(o, app) == -1)
		return (-1);
	app->silent = o->results == NULL || strcmp(o->results, "-") != 0;
	if (open_apply(&a, e) == 0) {
		while (!a.stop && read_next(&a, e) == 1)
			continue;
		finish_apply(&a, e);
	}
	close_apply(&a, e);
	return (e->class == ERR_NONE ? 0 : -1);
}

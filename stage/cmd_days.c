/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_days.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "job_since.h"
#include "ledger.h"
#include "ledger_read.h"
#include "lib/base/buf.h"
#include "lib/base/calendar.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/shell.h"
#include "lib/base/zone.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "options.h"
#include "run_info.h"

#define MICROS 1000000
#define FLUSH_AT ((size_t)64 << 10)
#define MAX_OUT ((size_t)1 << 20)
#define MAX_URI ((size_t)64 << 10)

struct days {
	const struct options *o;
	struct job *j;
	struct ledger ledger;
	struct buf out;
	struct buf uri; /* of the current run */
	struct buf since; /* where a feed with a cursor continues */
	bool begun; /* such a feed has an uncommitted window */
	struct app *app;
	uint64_t due; /* windows that are */
	int64_t later; /* start of the window of --lookback; or 0 */
};

/* One window and its state. */
struct day {
	struct job_window window;
	char label[JOB_WINDOW_LABEL];
	const struct ledger_run *run; /* the newest, or NULL */
	enum ledger_state state;
	uint64_t revision; /* of the run to work on */
	const char *want; /* what to do with it, for a shell */
	const struct ledger_run *same; /* revision with the same records */
	char later[JOB_WINDOW_LABEL]; /* the window for which it is fetched
					 once more; "" */
	bool due, late;
};

static bool
is_sequential(const struct days *d)
{

	return (d->j->plan.every == JOB_CURSOR);
}

static int
flush_days(struct days *d, struct err *e)
{

	if (d->out.failed)
		return (err_nomem(e));
	if (d->out.len > 0 && io_write(STDOUT_FILENO, d->out.data, d->out.len,
	    e) == -1)
		return (err_prefix(e, "stdout"));
	buf_reset(&d->out);
	return (0);
}

/* Write ${t}, seconds since 1970, in ${format} and the job's time zone. */
static void
put_time(const struct job *j, int64_t t, const char *format,
    struct buf *out)
{
	struct dates_fields f;

	if (zone_local(j->plan.zone, t * MICROS, &f) == 0)
		(void)dates_format(&f, format, out);
}

static const char rfc3339[] = "%Y-%m-%dT%H:%M:%S%z";

static void
put_time_member(const struct job *j, const char *key, int64_t t,
    struct buf *out)
{

	jsonw_member(out, key);
	buf_putc(out, '"');
	put_time(j, t, rfc3339, out);
	buf_putc(out, '"');
}

/* The URI of revision ${revision} of the window ${label}. */
static const char *
make_uri(struct days *d, const char *label, uint64_t revision)
{
	const char *uri;

	buf_reset(&d->uri);
	buf_printf(&d->uri, "%s/%s/%s", d->j->stage, d->j->name, label);
	if (revision > 1)
		buf_printf(&d->uri, ".r%" PRIu64, revision);
	if ((uri = buf_cstr(&d->uri)) == NULL)
		d->out.failed = true;
	return (uri);
}

/* Has the window not ended yet, or, with a cursor, is it not the next one? */
static bool
is_early(const struct days *d, const struct job_window *w)
{
	const struct ledger_run *last = d->ledger.n == 0 ? NULL :
	    &d->ledger.run[d->ledger.n - 1];

	if (!is_sequential(d))
		return (d->o->now < w->until);
	return (w->from > (last == NULL ? 1 : last->window.from +
	    (last->state >= LEDGER_COMMITTED)));
}

/* Was it fetched again without any change? */
static bool
is_look_back_same(const struct day *x)
{

	return (x->same != NULL && x->run->lookback != 0);
}

/*
 * Decide which run of the window to work on, and how.  A committed run never
 * changes: fetching it again makes another run.
 */
static void
choose_run(const struct days *d, struct day *x)
{
	const struct ledger_run *r = x->run;
	bool done = ledger_is_done(&d->ledger, d->j, r, d->o->now);

	x->want = x->state < LEDGER_COMMITTED ? "fetch" : "load";
	if (is_early(d, &x->window))
		x->want = "early";
	else if (d->o->newest && r != NULL)
		x->want = done ? "done" :
		    is_look_back_same(x) ? "same" : "load";
	else if (d->o->revision > 0) {
		x->revision = d->o->revision;
		x->want = "fetch";
	} else if (x->later[0] != '\0') {
		x->revision += done;
		x->want = "again";
	} else if (done && !d->o->again)
		x->want = "done";
	else if (done || x->state == LEDGER_PARTIAL || (r != NULL &&
	    (r->moved || (r->records == 0 && x->state >= LEDGER_COMMITTED)))) {
		x->revision++;
		x->want = "fetch";
	} else if (is_look_back_same(x))
		x->want = "same";
}

/*
 * Return the start of the newest window that is due for the first time now and
 * whose lookback includes ${x}, or 0.
 */
static int64_t
find_later(const struct days *d, const struct job_window *x)
{
	const struct ledger_run *r;
	struct job_window w = *x;
	int64_t found = 0;
	uint64_t i;

	for (i = 0; i < d->j->lookback; i++) {
		job_window_next(&d->j->plan, &w);
		if (d->o->now < w.until + d->j->delay_s)
			break;
		r = ledger_newest(&d->ledger, &w);
		if (r == NULL || r->state < LEDGER_COMMITTED)
			found = w.from;
	}
	return (found);
}

/* Must the window be fetched again for the lookback of a window fetched now? */
static void
look_back(const struct days *d, struct day *x)
{
	const struct ledger_run *r = x->run;
	struct job_window w;
	int64_t later;

	if (r == NULL || r->moved)
		return;
	if (r->state == LEDGER_BEGUN)
		later = r->lookback; /* that was already begun */
	else if (x->due || (!d->o->due && d->later == 0))
		return;
	else if ((later = d->later != 0 ? d->later :
	    find_later(d, &x->window)) <= r->lookback)
		return;
	if (later == 0)
		return;
	job_window_at(&d->j->plan, later, &w);
	job_window_label(&d->j->plan, &w, x->later);
}

/* When the window ends; a feed with a cursor has a window at any time. */
static int64_t
find_end(const struct days *d, const struct job_window *w)
{
	const struct ledger_run *r;
	struct job_window before;

	if (!is_sequential(d))
		return (w->until);
	job_window_at(&d->j->plan, w->from - 1, &before);
	r = ledger_newest(&d->ledger, &before);
	return (r == NULL ? 0 : r->end / MICROS);
}

/* Determine the state of the window ${w}, and what to do with it. */
static void
judge_day(const struct days *d, const struct job_window *w, struct day *x)
{
	const struct ledger_run *r = ledger_newest(&d->ledger, w);
	int64_t now = d->o->now, end;

	memset(x, 0, sizeof(*x));
	x->window = *w;
	job_window_label(&d->j->plan, w, x->label);
	x->run = r;
	x->state = r == NULL ? LEDGER_MISSING : r->state;
	x->revision = r == NULL ? 1 : r->revision;
	end = find_end(d, w);
	x->due = now >= end + d->j->delay_s &&
	    !ledger_is_done(&d->ledger, d->j, r, now);
	x->late = x->due && d->j->late_s > 0 && end > 0 &&
	    now >= end + d->j->late_s;
	x->same = r == NULL ? NULL : ledger_same(&d->ledger, r);
	if (x->same != NULL && r->same_as[0] != '\0')
		x->state = x->same->state; /* so its records are loaded */
	look_back(d, x);
	choose_run(d, x);
}

static void
put_run_members(struct days *d, const struct day *x, struct buf *b)
{
	const struct ledger_run *r = x->run, *loaded;

	jsonw_str(b, "run", make_uri(d, x->label, r->revision));
	jsonw_u64(b, "revision", r->revision);
	put_time_member(d->j, "start", r->start / MICROS, b);
	if (r->state < LEDGER_COMMITTED)
		return;
	put_time_member(d->j, "committed", r->end / MICROS, b);
	jsonw_str(b, "proof", r->proof == PROOF_NONE ? NULL :
	    proof_names[r->proof]);
	jsonw_u64(b, "records", r->records);
	if (x->state >= LEDGER_LOADED) {
		loaded = r->state >= LEDGER_LOADED ? r : x->same;
		jsonw_u64(b, "rejects", loaded->rejects);
		jsonw_str(b, "mapping_hash", loaded->mapping);
	}
	if (r->same_as[0] != '\0')
		jsonw_str(b, "same_as", r->same_as);
}

static void
put_day_json(struct days *d, const struct day *x)
{
	struct buf *b = &d->out;

	buf_putc(b, '{');
	jsonw_str(b, "window", x->label);
	if (is_sequential(d)) {
		jsonw_str(b, "from", NULL);
		jsonw_str(b, "until", NULL);
	} else {
		put_time_member(d->j, "from", x->window.from, b);
		put_time_member(d->j, "until", x->window.until, b);
	}
	jsonw_str(b, "state", ledger_state_name(x->state));
	jsonw_bool(b, "due", x->due);
	jsonw_bool(b, "late", x->late);
	if (x->run != NULL)
		put_run_members(d, x, b);
	buf_puts(b, "}\n");
}

static void
put_assignment(struct buf *b, const char *name, const char *text)
{

	buf_puts(b, name);
	buf_putc(b, '=');
	shell_quote(b, text);
	buf_putc(b, '\n');
}

static void
put_job_sh(const struct job *j, struct buf *b)
{

	put_assignment(b, "job_name", j->name);
	put_assignment(b, "job_source", j->source);
	put_assignment(b, "job_mapping", j->mapping);
	put_assignment(b, "job_target", j->target);
	put_assignment(b, "job_max_rejects", j->max_rejects);
	put_assignment(b, "job_reject_stage", j->reject_stage);
	put_assignment(b, "job_except", j->except);
	put_assignment(b, "job_require_proof", j->require_proof);
	put_assignment(b, "job_days", j->plan.every == JOB_MINUTES ||
	    j->plan.every == JOB_CURSOR ? "" : "1");
	put_assignment(b, "job_cursor", j->plan.every == JOB_CURSOR ? "1" :
	    "");
}

/* The instants of a window, in the form for the source and run.json. */
static void
put_times_sh(const struct days *d, const struct job_window *w, struct buf *b)
{
	const char *format = d->j->plan.every == JOB_MINUTES ? rfc3339 :
	    "%Y-%m-%d";

	buf_puts(b, " froms+=('");
	put_time(d->j, w->from, format, b);
	buf_puts(b, "') lasts+=('");
	put_time(d->j, w->until - 1, format, b);
	buf_puts(b, "') untils+=('");
	put_time(d->j, w->until, format, b);
	buf_puts(b, "') begins+=('");
	put_time(d->j, w->from, rfc3339, b);
	buf_puts(b, "') ends+=('");
	put_time(d->j, w->until, rfc3339, b);
	buf_puts(b, "')");
}

/* Add an element to the arrays of windows. */
static int
put_day_sh(struct days *d, const struct day *x, struct err *e)
{
	const struct ledger_run *r = x->run;
	struct buf *b = &d->out;

	buf_printf(b, "windows+=('%s') runs+=(", x->label);
	shell_quote(b, make_uri(d, x->label, x->revision));
	buf_printf(b, ") wants+=('%s') revisions+=('%" PRIu64 "') begun+=('%s')"
	    " laters+=('%s') sames+=(", x->want, x->revision, r != NULL &&
	    r->state == LEDGER_BEGUN && r->revision == x->revision ?
	    r->source : "", x->later);
	shell_quote(b, x->same == NULL ? "" : x->same->name);
	buf_putc(b, ')');
	if (is_sequential(d)) {
		if (job_since(d->j, &d->ledger, x->window.from, &d->o->store,
		    &d->since, e) == -1)
			return (-1);
		buf_puts(b, " sinces+=(");
		shell_quote(b, buf_cstr(&d->since));
		buf_putc(b, ')');
	} else {
		put_times_sh(d, &x->window, b);
	}
	buf_putc(b, '\n');
	return (0);
}

static int
write_day(struct days *d, const struct day *x, struct err *e)
{

	d->due += x->due;
	d->app->stats.records_out++;
	if (!d->o->sh)
		put_day_json(d, x);
	else if (put_day_sh(d, x, e) == -1)
		return (-1);
	return (d->out.len < FLUSH_AT ? 0 : flush_days(d, e));
}

/* With a cursor: the window after the last one that has a run. */
static int64_t
find_next_number(const struct days *d)
{

	return (d->ledger.n == 0 ? 1 :
	    d->ledger.run[d->ledger.n - 1].window.from + 1);
}

/* The requested windows: ${from} to ${until}, instants; or all of the job. */
static int
choose_windows(const struct days *d, int64_t *from, int64_t *until,
    struct err *e)
{
	const char *text = d->o->windows, *dots;
	struct job_window a, b;
	char first[JOB_WINDOW_LABEL];

	*from = d->j->since;
	*until = is_sequential(d) ? find_next_number(d) + 1 : d->o->now;
	if (text == NULL)
		return (0);
	dots = strstr(text, "..");
	if (dots == NULL)
		dots = text + strlen(text);
	if ((size_t)(dots - text) < sizeof(first)) {
		memcpy(first, text, (size_t)(dots - text));
		first[dots - text] = '\0';
		if (job_window_read(&d->j->plan, first, &a) == 0 &&
		    job_window_read(
		    &d->j->plan, *dots == '\0' ? text : dots + 2, &b) == 0 &&
		    b.from >= a.from) {
			*from = a.from;
			*until = b.until;
			return (0);
		}
	}
	return (err_set(e, ERR_USAGE, "--windows: neither the name of a "
	    "window of the job nor two of them, A..B"));
}

/* The later window that --lookback names. */
static int
read_later(struct days *d, struct err *e)
{
	struct job_window w;

	if (d->o->lookback == NULL)
		return (0);
	if (is_sequential(d) ||
	    job_window_read(&d->j->plan, d->o->lookback, &w) == -1)
		return (err_set(e, ERR_USAGE, "--lookback: not the name of a "
		    "window of the job"));
	d->later = w.from;
	return (0);
}

/* Is there anything to write about the window? */
static bool
is_day_wanted(struct days *d, const struct day *x)
{

	/* With a cursor there is no next window while one is unfinished. */
	if (is_sequential(d) && x->state == LEDGER_MISSING && d->begun)
		return (false);
	d->begun = d->begun || x->state < LEDGER_COMMITTED;
	return (!d->o->due || x->due || (d->o->sh && x->later[0] != '\0'));
}

static int
write_days(struct days *d, struct err *e)
{
	struct job_window w;
	struct day x;
	int64_t from, until;
	uint64_t n = 0;

	if (choose_windows(d, &from, &until, e) == -1)
		return (-1);
	for (job_window_at(&d->j->plan, from, &w); w.until <= until &&
	    n < d->o->max_windows; job_window_next(&d->j->plan, &w)) {
		judge_day(d, &w, &x);
		if (!is_day_wanted(d, &x))
			continue;
		if (write_day(d, &x, e) == -1)
			return (-1);
		n++;
	}
	return (flush_days(d, e));
}

/* With a cursor read all runs: other runs tell where it continues. */
static int
read_ledger(struct days *d, struct err *e)
{
	struct job_window span;

	if (d->o->windows == NULL || is_sequential(d))
		return (ledger_read(&d->ledger, d->j, NULL, &d->o->store, e));
	if (choose_windows(d, &span.from, &span.until, e) == -1)
		return (-1);
	return (ledger_read(&d->ledger, d->j, &span, &d->o->store, e));
}

int
cmd_days(const struct options *o, struct app *app)
{
	struct job j;
	struct days d = { .o = o, .j = &j, .app = app };
	struct err *e = &app->err;
	int rc;

	buf_init(&d.out, MAX_OUT);
	buf_init(&d.uri, MAX_URI);
	buf_init(&d.since, RUN_INFO_SINCE);
	rc = job_read(&j, app->operand[0], e);
	if (rc == 0 && o->sh)
		put_job_sh(&j, &d.out);
	if (rc == 0 && o->check)
		rc = flush_days(&d, e);
	else if (rc == 0 && (rc = read_later(&d, e)) == 0 &&
	    (rc = read_ledger(&d, e)) == 0)
		rc = write_days(&d, e);
	if (rc == 0 && d.due > 0 && !o->sh)
		rc = err_set_code(e, ERR_TEMP, "due", "%" PRIu64 " window%s "
		    "due", d.due, d.due == 1 ? " is" : "s are");
	ledger_free(&d.ledger);
	job_free(&j);
	buf_free(&d.out);
	buf_free(&d.uri);
	buf_free(&d.since);
	return (rc);
}

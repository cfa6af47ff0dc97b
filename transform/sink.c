/* SPDX-License-Identifier: Apache-2.0 */
#include "sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "key_report.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "lib/stream/reject.h"
#include "options.h"
#include "transform/mapping/program.h"
#include "transform/record/coverage.h"

/* Bytes of a report, and number of unread places in the log. */
#define MAX_REPORT ((size_t)64 << 20)
#define MAX_UNREAD 20

int
sink_open(struct sink *k, struct app *app, const struct options *o,
    const struct program *prog, struct err *e)
{

	memset(k, 0, sizeof(*k));
	k->app = app;
	k->o = o;
	k->prog = prog;
	stream_out_init(&k->out, 1);
	if (o->key_report && (k->report = key_report_new(prog, e)) == NULL)
		return (-1);
	k->warned = calloc((size_t)prog->nchecks + 1, sizeof(*k->warned));
	if (k->warned == NULL)
		err_nomem(e);
	else
		k->reject = reject_open(o->reject, o->max_rejects, e);
	if (k->reject != NULL)
		return (0);
	key_report_free(k->report);
	free(k->warned);
	return (-1);
}

/*
 * Only the start of a sealed run could have given the timestamp.  If there is
 * not even one line, the producer may have died before its first.
 */
static int
refuse_no_time(const struct stream *in, struct err *e)
{

	if (stream_records(in) > 0)
		return (err_set(e, ERR_USAGE, "the input is not sealed and so "
		    "gives no timestamp: give --ts now or MICROS, or a "
		    "\"timestamp\" in the mapping"));
	err_set_code(e, ERR_TEMP, "cut_off", "the input is cut off "
	    "before its first line, or is empty and needs --ts");
	e->cause = ERR_UPSTREAM;
	return (-1);
}

/* Can the mapping be used on input that may be only a part of a run? */
static int
check_run_part(const struct sink *k, const struct stream_begin *head,
    struct err *e)
{

	if (k->o->part == NULL && (head == NULL || !head->share))
		return (0);
	if (k->prog->unique_limit > 0)
		return (err_set(e, ERR_CONFIG, "%s: \"unique\" cannot be "
		    "checked in a part of a run", k->o->mapping));
	if (head == NULL && k->prog->needs_place)
		return (err_set(e, ERR_USAGE, "the input is not sealed and so "
		    "does not say which records of the run it has, for "
		    "$record"));
	return (0);
}

/* Rows are counted separately: no part comes before them. */
static int
seal_output(struct sink *k, const struct stream_begin *head, struct err *e)
{
	struct stream_begin b = *head;

	b.share = false;
	return (stream_out_begin(&k->out, &b, e));
}

int
sink_start(struct sink *k, const struct stream *in, struct err *e)
{
	const struct stream_begin *head = stream_head(in);

	k->info.run = k->app->run != NULL ? k->app->run :
	    head != NULL ? head->run : "";
	k->info.all_unread = k->o->coverage || k->o->explain;
	k->info.source = k->o->source != NULL ? k->o->source : k->info.run;
	if (*k->info.run != '\0')
		msg_run(k->info.run);
	if (k->o->ts != NULL) {
		k->info.has_ts = true;
		k->info.ts = k->o->ts_micros;
	} else if (head != NULL) {
		k->info.has_ts = true;
		k->info.ts = head->at - head->at % 1000; /* what tables keep */
	}
	if (!k->info.has_ts && k->prog->needs_run_time)
		return (refuse_no_time(in, e));
	if (check_run_part(k, head, e) == -1)
		return (-1);
	return (head == NULL || k->o->no_seal || k->o->explain ||
	    k->o->coverage || k->report != NULL ? 0 :
	    seal_output(k, head, e));
}

int
sink_rows(struct sink *k, const void *p, size_t n, uint64_t rows,
    struct err *e)
{

	k->app->stats.records_out += rows;
	if (rows > 0)
		msg_trace(MSG_DEBUG, "block", "%" PRIu64 " rows, %zu bytes",
		    rows, n);
	if (k->report != NULL)
		return (key_report_add(k->report, p, n, e));
	return (n == 0 || k->o->coverage ? 0 :
	    stream_out_lines(&k->out, p, n, rows, e));
}

int
sink_refuse(struct sink *k, struct fault *f, uint64_t line,
    const void *record, size_t len, struct err *e)
{
	struct reject_entry n = { .tool = "nf-transform", .code = f->code,
		.message = f->message, .line = line, .record = record,
		.len = len };

	if (*k->info.source != '\0')
		n.source = k->info.source;
	if (f->has_pointer)
		n.pointer = buf_cstr(&f->pointer);
	n.place = f->place;
	k->app->stats.rejected++;
	if (reject_write(k->reject, &n, e) == 0)
		return (0);
	/* The first line, if a JSON document is mistaken for NDJSON. */
	if (line == 1 && e->class == ERR_DATA && len > 0 &&
	    *(const uint8_t *)record == '[')
		err_prefix(e, "a JSON array, not a record (nf-fetch FILE "
		    "converts it to one record per line)");
	return (-1);
}

int
sink_attach(struct sink *k, struct machine *m, struct err *e)
{

	if (k->prog->unread == UNREAD_ALLOW && !k->o->coverage)
		return (0);
	m->coverage = coverage_new(k->prog);
	return (m->coverage == NULL ? err_nomem(e) : 0);
}

int
sink_detach(struct sink *k, struct machine *m, struct err *e)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < k->prog->nchecks; i++)
		k->warned[i] += m->warned[i];
	k->skipped += m->skipped;
	if (k->coverage == NULL)
		k->coverage = m->coverage;
	else if (m->coverage != NULL) {
		if (coverage_merge(k->coverage, m->coverage) == -1)
			rc = err_nomem(e);
		coverage_free(m->coverage);
	}
	m->coverage = NULL;
	return (rc);
}

/* Log the failed checks that only warn, and how often they failed. */
static void
warn_checks(const struct sink *k)
{
	uint32_t i;

	for (i = 0; i < k->prog->nchecks; i++)
		if (k->warned[i] > 0)
			msg_log(MSG_WARNING, "check_failed", "%s: %s: a check "
			    "failed, %" PRIu64 " times", k->o->mapping,
			    k->prog->code[i], k->warned[i]);
}

/* The same for unread members. */
static void
warn_unread(const struct sink *k)
{
	size_t i, n = coverage_count(k->coverage);
	struct coverage_entry p;

	for (i = 0; i < n && i < MAX_UNREAD; i++) {
		coverage_get(k->coverage, i, &p);
		msg_log(MSG_WARNING, "unread", "%s: %s: not read, %"
		    PRIu64 " times", k->o->mapping, p.pointer, p.count);
	}
	if (n > MAX_UNREAD)
		msg_log(MSG_WARNING, "unread", "%s: %zu more members are "
		    "not read: see --coverage", k->o->mapping, n - MAX_UNREAD);
}

/* Count the records that got no row by "unmatched": "skip". */
static void
count_skipped(const struct sink *k)
{

	if (!k->prog->skip_unmatched)
		return;
	jsonw_u64(&k->app->extra, "skipped", k->skipped);
	metrics_set(k->app->metrics, METRICS_COUNTER,
	    "nf_records_skipped_total", "Records that no rule makes a row of.",
	    "", (double)k->skipped);
}

/* One JSON object per line. */
static int
write_coverage(struct sink *k, struct err *e)
{
	struct coverage_entry p;
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, MAX_REPORT);
	for (i = 0; k->coverage != NULL && i < coverage_count(k->coverage);
	    i++) {
		coverage_get(k->coverage, i, &p);
		buf_putc(&b, '{');
		jsonw_str(&b, "pointer", p.pointer);
		jsonw_u64(&b, "count", p.count);
		jsonw_str(&b, "type", scan_kind_name(p.kind));
		buf_puts(&b, "}\n");
	}
	for (i = 0; k->coverage != NULL && i < k->prog->nignore; i++) {
		if (!coverage_stale(k->coverage, i))
			continue;
		buf_putc(&b, '{');
		jsonw_str(&b, "ignore", k->prog->ignore[i].p);
		jsonw_u64(&b, "count", 0);
		buf_puts(&b, "}\n");
	}
	rc = b.failed ? err_nomem(e) : io_write(1, b.data, b.len, e);
	buf_free(&b);
	return (rc);
}

static int
write_key_report(struct sink *k, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MAX_REPORT);
	key_report_write(k->report, &b);
	rc = b.failed ? err_nomem(e) : io_write(1, b.data, b.len, e);
	buf_free(&b);
	return (rc);
}

int
sink_close(struct sink *k, int rc, struct err *e)
{
	struct err late = { 0 };
	uint64_t records = k->app->stats.records_in;

	warn_checks(k);
	if (k->prog->unread == UNREAD_WARN && k->coverage != NULL &&
	    !k->o->coverage)
		warn_unread(k);
	count_skipped(k);
	if (rc == 0)
		rc = k->report != NULL ? write_key_report(k, e) :
		    k->o->coverage ? write_coverage(k, e) :
		    stream_out_flush(&k->out, e);
	else if ((e->class == ERR_DATA || e->class == ERR_TEMP) &&
	    stream_out_flush(&k->out, &late) == -1)
		*e = late;
	reject_tell(k->reject, k->app->metrics, &k->app->extra);
	/* Do not write the seal before the rejects are safe. */
	if (reject_close(k->reject, records, rc == 0, e) == -1)
		rc = -1;
	if (rc == 0 && k->report == NULL && !k->o->coverage)
		rc = stream_out_end(&k->out, NULL, e);
	k->app->stats.sealed = rc == 0 && k->out.sealed;
	k->app->stats.bytes_out = k->out.bytes;
	stream_out_free(&k->out);
	key_report_free(k->report);
	coverage_free(k->coverage);
	free(k->warned);
	return (rc);
}

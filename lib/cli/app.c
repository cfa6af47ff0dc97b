/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"
#include "lib/base/utf8.h"
#include "lib/json/jansson.h"
#include "lib/json/jsonw.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "usage.h"

#define MAX_TEXT ((size_t)1 << 20)
#define PROGRESS_MS 500
#define STRIDE 256 /* records between two looks at the clock */

const char *const app_log_formats[] = { "auto", "text", "json", NULL };

/*
 * A closed descriptor 0, 1 or 2 must not become a file that is opened later.
 * What takes the place of stdin cannot be read, of stdout not be written, so
 * that using them fails as if they were closed.
 */
static void
occupy_closed(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDWR };
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", modes[fd]) == -1)
			_exit(ERR_IO);
}

void
app_init(struct app *a, const char *tool)
{

	occupy_closed();
	jansson_install();
	memset(a, 0, sizeof(*a));
	a->tool = tool;
	a->started = clock_mono_ms();
	a->metrics = metrics_new();
	buf_init(&a->told, MAX_TEXT);
	buf_init(&a->extra, MAX_TEXT);
}

static void
release(struct app *a)
{

	metrics_free(a->metrics);
	a->metrics = NULL;
	buf_free(&a->told);
	buf_free(&a->extra);
}

/* Write ${b} to stdout and leave: --help, --version. */
static int
answer(struct app *a, struct buf *b)
{
	int rc = 0;

	if (io_write(STDOUT_FILENO, b->data, b->len, &a->err) == -1 ||
	    io_close(STDOUT_FILENO, &a->err) == -1) {
		msg_error(&a->err);
		rc = err_exit_code(&a->err);
	}
	buf_free(b);
	release(a);
	return (rc);
}

/* A run id goes into the seal, which has limits for it. */
static int
check_run(const char *run, struct err *e)
{

	if (run != NULL && strlen(run) > STREAM_MAX_RUN)
		return (err_set(e, ERR_USAGE, "--run: over %d bytes",
		    STREAM_MAX_RUN));
	if (run != NULL && !utf8_valid(run, strlen(run)))
		return (err_set(e, ERR_USAGE, "--run: not UTF-8"));
	return (0);
}

int
app_start(struct app *a, const struct opt *table, size_t n,
    const char *synopsis, int argc, char **argv, int *first)
{
	struct buf b;
	int rc;

	/* Before parsing, when variables are what they are by default. */
	buf_init(&b, MAX_TEXT);
	usage_text(table, n, synopsis, &b);
	rc = opt_parse(table, n, argc, argv, first, &a->err);
	msg_init(a->tool, (enum msg_format)a->log_format,
	    a->quiet ? -1 : a->verbose, a->run);
	if (rc == -1 || check_run(a->run, &a->err) == -1) {
		buf_free(&b);
		msg_error(&a->err);
		release(a);
		return (err_exit_code(&a->err));
	}
	if (a->help)
		return (answer(a, &b));
	buf_reset(&b);
	if (a->version) {
		buf_printf(&b, "%s %s\n", a->tool, NF_VERSION);
		return (answer(a, &b));
	}
	buf_free(&b);
	if (sig_init(&a->err) == -1) {
		msg_error(&a->err);
		release(a);
		return (err_exit_code(&a->err));
	}
	return (-1);
}

static const char *
cause_name(const struct err *e)
{
	static const char *const names[] = { "self", "upstream",
		"downstream" };

	return (e->class == ERR_NONE ? NULL : names[e->cause]);
}

static void
summary_json(const struct app *a, struct buf *b)
{
	const struct app_stats *s = &a->stats;
	const struct err *e = &a->err;

	buf_putc(b, '{');
	jsonw_str(b, "tool", a->tool);
	jsonw_str(b, "run", a->run);
	jsonw_i64(b, "exit", err_exit_code(e));
	jsonw_str(b, "cause", cause_name(e));
	if (e->class != ERR_NONE) {
		if (e->code[0] != '\0')
			jsonw_str(b, "code", e->code);
		jsonw_str(b, "error", e->msg);
	}
	jsonw_u64(b, "records_in", s->records_in);
	jsonw_u64(b, "records_out", s->records_out);
	jsonw_u64(b, "rejected", s->rejected);
	jsonw_u64(b, "retried", s->retried);
	jsonw_u64(b, "bytes_in", s->bytes_in);
	jsonw_u64(b, "bytes_out", s->bytes_out);
	jsonw_member(b, "seconds");
	buf_printf(b, "%.3f",
	    (double)(clock_mono_ms() - a->started) / 1000);
	jsonw_member(b, "throttled_seconds");
	buf_printf(b, "%.3f", (double)s->throttled_ms / 1000);
	jsonw_bool(b, "sealed", s->sealed);
	if (a->extra.len > 0) {
		buf_putc(b, ',');
		buf_append(b, a->extra.data, a->extra.len);
	}
	buf_putc(b, '}');
}

/* What was done, and nothing if nothing was. */
static void
summary_text(struct app *a, struct buf *b)
{
	const struct app_stats *s = &a->stats;

	if (s->records_in == 0 && s->records_out == 0 && s->retried == 0 &&
	    a->told.len == 0)
		return;
	if (a->told.len > 0)
		buf_printf(b, "%s, ", buf_cstr(&a->told));
	if (s->records_in > 0)
		buf_printf(b, "%" PRIu64 " in, ", s->records_in);
	if (s->records_in > 0 || s->records_out > 0)
		buf_printf(b, "%" PRIu64 " out, ", s->records_out);
	if (s->rejected > 0)
		buf_printf(b, "%" PRIu64 " rejected, ", s->rejected);
	if (s->retried > 0)
		buf_printf(b, "%" PRIu64 " retried, ", s->retried);
	buf_printf(b, "%.2f s%s",
	    (double)(clock_mono_ms() - a->started) / 1000,
	    s->sealed ? ", sealed" : "");
}

static void
tell_summary(struct app *a)
{
	struct err e = { 0 };
	struct buf b, text;

	buf_init(&b, 2 * MAX_TEXT);
	buf_init(&text, MAX_TEXT);
	summary_json(a, &b);
	summary_text(a, &text);
	msg_summary(buf_cstr(&text) == NULL ? "" : (const char *)text.data,
	    &a->err, b.data, b.len);
	buf_free(&text);
	buf_putc(&b, '\n');
	if (a->summary_file != NULL && !b.failed &&
	    io_replace(a->summary_file, b.data, b.len, &e) == -1)
		msg_error(&e);
	if (a->err.class == ERR_NONE)
		a->err = e;
	buf_free(&b);
}

static void
standard_metrics(struct app *a)
{
	static const char records[] = "nf_records_total";
	static const char records_help[] = "Records by outcome.";
	static const char bytes[] = "nf_bytes_total";
	static const char bytes_help[] = "Bytes read and written.";
	const struct app_stats *s = &a->stats;
	struct metrics *m = a->metrics;

	metrics_set(m, METRICS_COUNTER, records, records_help,
	    "outcome=\"in\"", (double)s->records_in);
	metrics_set(m, METRICS_COUNTER, records, records_help,
	    "outcome=\"out\"", (double)s->records_out);
	metrics_set(m, METRICS_COUNTER, records, records_help,
	    "outcome=\"rejected\"", (double)s->rejected);
	metrics_set(m, METRICS_COUNTER, bytes, bytes_help, "direction=\"in\"",
	    (double)s->bytes_in);
	metrics_set(m, METRICS_COUNTER, bytes, bytes_help,
	    "direction=\"out\"", (double)s->bytes_out);
	metrics_set(m, METRICS_COUNTER, "nf_retries_total",
	    "Attempts after the first.", "", (double)s->retried);
	metrics_set(m, METRICS_COUNTER, "nf_throttled_seconds_total",
	    "Time waited because the other side asked for it.", "",
	    (double)s->throttled_ms / 1000);
	metrics_set(m, METRICS_GAUGE, "nf_run_duration_seconds",
	    "Time from start to end.", "",
	    (double)(clock_mono_ms() - a->started) / 1000);
	metrics_set(m, METRICS_GAUGE, "nf_exit_code", "Exit code of the run.",
	    "", err_exit_code(&a->err));
	if (a->err.class == ERR_NONE)
		metrics_set(m, METRICS_GAUGE,
		    "nf_last_success_timestamp_seconds",
		    "When a run last ended well.", "",
		    (double)clock_micros() / 1e6);
}

static void
write_metrics(struct app *a)
{
	struct err e = { 0 };
	struct buf b;

	if (a->metrics_file == NULL || a->metrics == NULL)
		return;
	standard_metrics(a);
	buf_init(&b, MAX_TEXT);
	metrics_text(a->metrics, a->tool, &b);
	if (b.failed)
		err_nomem(&e);
	else
		(void)io_replace(a->metrics_file, b.data, b.len, &e);
	if (e.class != ERR_NONE)
		msg_error(&e);
	if (a->err.class == ERR_NONE)
		a->err = e;
	buf_free(&b);
}

int
app_finish(struct app *a, int rc)
{

	if (rc != 0)
		err_or_nomem(&a->err);
	if (a->err.class == ERR_NONE &&
	    io_close(STDOUT_FILENO, &a->err) == -1)
		err_prefix(&a->err, "stdout");
	/* That a reader had enough, as head(1) does, is not worth a word. */
	if (a->err.class == ERR_PIPE)
		msg_log(MSG_INFO, "downstream_closed", "%s", a->err.msg);
	else if (a->err.class != ERR_NONE)
		msg_error(&a->err);
	tell_summary(a);
	write_metrics(a);
	release(a);
	return (err_exit_code(&a->err));
}

/*
 * Progress is for a person who looks at nothing else: not where the data
 * itself goes to the terminal, nor where another tool reads it, whose own
 * progress is the one that counts (unless -v asks for all).
 */
static bool
is_watched(const struct app *a)
{
	struct stat st;

	if (!msg_is_terminal())
		return (false);
	if (a->silent)
		return (true);
	if (fstat(STDOUT_FILENO, &st) == -1 || isatty(STDOUT_FILENO))
		return (false);
	return (a->verbose > 0 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

/* The share of the work that is done, by records or by a file's bytes; or 0. */
static double
share_done(const struct app *a)
{
	struct stat st;
	off_t at;

	if (a->expected > 0)
		return ((double)(a->stats.records_in > 0 ?
		    a->stats.records_in : a->stats.records_out) /
		    (double)a->expected);
	if (fstat(STDIN_FILENO, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size == 0 ||
	    (at = lseek(STDIN_FILENO, 0, SEEK_CUR)) == -1)
		return (0);
	return ((double)at / (double)st.st_size);
}

static void
show_progress(const struct app *a, const char *what, double seconds)
{
	const struct app_stats *s = &a->stats;
	uint64_t n = s->records_in > 0 ? s->records_in : s->records_out;
	uint64_t bytes = s->bytes_in > 0 ? s->bytes_in : s->bytes_out;
	char in[32] = "", out[48] = "", size[32] = "", extra[96] = "";
	double done = share_done(a), left;
	int used = 0;

	if (s->records_in > 0 && s->records_in != s->records_out)
		snprintf(in, sizeof(in), "%" PRIu64 " in, ",
		    s->records_in);
	if (s->records_out > 0 || s->records_in == 0)
		snprintf(out, sizeof(out), "%" PRIu64 " %.16s, ",
		    s->records_out, what);
	if (s->rejected > 0)
		used = snprintf(extra, sizeof(extra), ", %" PRIu64 " rejected",
		    s->rejected);
	if (s->retried > 0)
		used += snprintf(extra + used, sizeof(extra) - (size_t)used,
		    ", %" PRIu64 " retried", s->retried);
	if (done > 0 && done <= 1 && seconds >= 1) {
		left = seconds * (1 - done) / done;
		snprintf(extra + used, sizeof(extra) - (size_t)used,
		    ", %.0f%%, %.0f:%02.0f left", done * 100,
		    (double)((int64_t)left / 60), (double)((int64_t)left % 60));
	}
	if (bytes > 0)
		snprintf(size, sizeof(size), "%.1f MB, ",
		    (double)bytes / 1e6);
	msg_progress("%s: %s%s%s%.0f/s%s", a->tool, in, out, size,
	    (double)n / seconds, extra);
}

void
app_progress_now(struct app *a, const char *what)
{
	int64_t now = clock_mono_ms();

	a->looked = a->stats.records_in + a->stats.records_out;
	if (now - a->shown < PROGRESS_MS)
		return;
	a->shown = now;
	if (is_watched(a))
		show_progress(a, what,
		    (double)(now - a->started + 1) / 1000);
}

void
app_progress(struct app *a, const char *what)
{

	/* The clock is not asked for every record. */
	if (a->stats.records_in + a->stats.records_out - a->looked >= STRIDE)
		app_progress_now(a, what);
}

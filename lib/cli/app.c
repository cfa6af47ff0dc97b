/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"
#include "lib/base/utf8.h"
#include "lib/json/jansson.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "progress.h"
#include "summary.h"
#include "usage.h"
#include "version.h"

#define MAX_TEXT ((size_t)1 << 20)
#define MAX_VERBS 16

static const char *const log_formats[] = { "auto", "text", "json", NULL };

/* The options that all tools have. */
static const struct opt common_rows[] = {
	{ .kind = OPT_GROUP, .help = "Common" },
	{ .kind = OPT_STRING, .name = "run", .arg = "ID", .env = "NF_RUN",
	    .at = offsetof(struct app, run),
	    .help = "run ID, in messages and the seal" },
	{ .kind = OPT_STRING, .name = "summary", .arg = "FILE",
	    .at = offsetof(struct app, summary_file),
	    .help = "write the summary, one line of JSON, to FILE" },
	{ .kind = OPT_STRING, .name = "progress", .arg = "FILE",
	    .at = offsetof(struct app, progress_file),
	    .help = "write the summary so far to FILE, once a second" },
	{ .kind = OPT_STRING, .name = "metrics", .arg = "FILE",
	    .at = offsetof(struct app, metrics_file),
	    .help = "write Prometheus metrics to FILE" },
	{ .kind = OPT_CHOICE, .name = "log-format", .arg = "auto|text|json",
	    .at = offsetof(struct app, log_format), .choices = log_formats,
	    .env = "NF_LOG_FORMAT", .help = "the format of messages" },
	{ .kind = OPT_COUNT, .letter = 'v', .name = "verbose",
	    .at = offsetof(struct app, verbose),
	    .help = "print more messages; twice: debug messages too" },
	{ .kind = OPT_COUNT, .letter = 'q', .name = "quiet",
	    .at = offsetof(struct app, quiet), .help = "print only errors" },
	{ .kind = OPT_FLAG, .letter = 'h', .name = "help",
	    .at = offsetof(struct app, help), .help = "show this help" },
	{ .kind = OPT_FLAG, .letter = 'V', .name = "version",
	    .at = offsetof(struct app, version),
	    .help = "show the version" },
};

/*
 * A closed descriptor 0, 1 or 2 must not become a file that is opened later.
 * The replacement of stdin cannot be read and that of stdout cannot be written,
 * so that using them fails as if they were closed.  This runs before anything
 * else, even before the sanitizers are initialized.
 */
__attribute__((no_sanitize("address", "thread", "undefined")))
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

/*
 * Constructors of libraries also open files (gRPC's opens an eventfd) and run
 * before main().  The functions in this section run before them.
 */
__attribute__((section(".preinit_array"), used))
static void (*const occupy_first)(void) = occupy_closed;

void
app_init(struct app *a, const char *tool)
{

	occupy_closed(); /* for systems without such a section */
	jansson_install();
	memset(a, 0, sizeof(*a));
	a->tool = tool;
	a->started = clock_mono_ms();
	a->metrics = metrics_new();
	buf_init(&a->told, MAX_TEXT);
	buf_init(&a->extra, MAX_TEXT);
}

static void
free_app(struct app *a)
{

	metrics_free(a->metrics);
	a->metrics = NULL;
	buf_free(&a->told);
	buf_free(&a->extra);
}

/* Write ${b} to stdout and finish: --help, --version. */
static int
print_answer(struct app *a, struct buf *b)
{
	int rc = 0;

	if (io_write(STDOUT_FILENO, b->data, b->len, &a->err) == -1 ||
	    io_close(STDOUT_FILENO, &a->err) == -1) {
		msg_error(&a->err);
		rc = err_exit_code(&a->err);
	}
	buf_free(b);
	free_app(a);
	return (rc);
}

/* A run id becomes part of the seal, which limits it. */
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

static void
fill_options(struct app *a, const struct app_verb *verb, struct options *o,
    struct opt_table *t)
{
	static const struct opt_rows common = OPT_ROWS(common_rows);
	const struct opt_rows *rows;

	opt_init(t);
	for (rows = verb->rows; rows->row != NULL; rows++)
		opt_add(t, rows, o);
	opt_add(t, &common, a);
}

/*
 * "help" and "help VERB" mean "--help" and "VERB --help": no run, target or
 * API has that name.
 */
static void
take_help(size_t n, int argc, char **argv)
{
	static char help[] = "--help";

	if (argc < 2 || argc > (n > 1 ? 3 : 2) || strcmp(argv[1], "help") != 0)
		return;
	if (argc == 3)
		argv[1] = argv[2];
	argv[argc - 1] = help;
}

/*
 * The verb is the first operand, whatever options come before it.  Remove it
 * from ${argv}.  Return true if there is one.
 */
static bool
take_verb(struct app *a, const struct app_verb *verbs, size_t n,
    struct options *o, int *argc, char **argv)
{
	struct opt_table t;
	size_t v;
	int i;

	for (i = 1; i < *argc && n > 1; i++)
		for (v = 0; v < n; v++) {
			if (strcmp(argv[i], verbs[v].name) != 0)
				continue;
			fill_options(a, &verbs[v], o, &t);
			if (opt_operand(&t, *argc, argv) != i)
				continue;
			memmove(&argv[i], &argv[i + 1],
			    (size_t)(*argc - i) * sizeof(*argv));
			--*argc;
			a->verb_index = v;
			return (true);
		}
	return (false);
}

/* Does the first operand look like a verb that does not exist? */
static int
check_no_verb(struct app *a, const struct app_verb *verbs, size_t n)
{
	const char *names[MAX_VERBS];
	size_t i;

	assert(n <= MAX_VERBS);
	for (i = 0; i < n; i++)
		names[i] = verbs[i].name;
	return (opt_no_verb(a->operand[0], names, n, &a->err));
}

/* An option that is not for this verb is an error. */
static int
check_places(struct app *a, const struct app_verb *verbs, size_t n,
    const struct opt_table *t)
{
	const struct opt *lost = opt_misplaced(t, 1U << a->verb_index);
	char only[64] = "";
	size_t i, used = 0;

	if (lost == NULL)
		return (0);
	for (i = 0; i < n && used < sizeof(only); i++)
		if ((lost->verbs & 1U << i) != 0)
			used += (size_t)snprintf(only + used,
			    sizeof(only) - used, "%s%s", used > 0 ? ", " : "",
			    verbs[i].name);
	return (err_set(&a->err, ERR_USAGE, "--%s: only with %s", lost->name,
	    only));
}

/* Parse the options; ${help} gets the help text with their defaults. */
static int
read_options(struct app *a, struct opt_table *t, int argc, char **argv,
    bool named, struct buf *help)
{
	struct usage u = { .tool = a->tool, .synopsis = a->verb->synopsis,
		.about = a->verb->about, .example = a->verb->example };
	int first, rc;

	if (named) {
		u.verb = a->verb->name;
		u.verbs = 1U << a->verb_index;
	} else if (a->about != NULL) {
		u.about = a->about;
		u.example = a->example;
	}
	if (u.example == NULL)
		u.example = a->example;
	/* Before parsing, while the variables have their defaults. */
	usage_text(t, &u, help);
	rc = opt_parse(t, argc, argv, &first, &a->err);
	msg_init(a->tool, (enum msg_format)a->log_format,
	    a->quiet ? -1 : a->verbose, a->run);
	if (rc == -1 || check_run(a->run, &a->err) == -1)
		return (-1);
	a->operand = argv + first;
	a->noperand = argc - first;
	return (0);
}

/* The options are wrong: report only that. */
static int
fail_start(struct app *a, struct buf *help)
{

	buf_free(help);
	msg_error(&a->err);
	free_app(a);
	return (err_exit_code(&a->err));
}

bool
app_start(struct app *a, const struct app_verb *verbs, size_t n,
    struct options *o, int argc, char **argv, int *code)
{
	struct opt_table t;
	struct buf help;
	bool named;

	take_help(n, argc, argv);
	named = take_verb(a, verbs, n, o, &argc, argv);
	a->verb = &verbs[a->verb_index];
	if (a->verb->prepare != NULL)
		a->verb->prepare(o);
	fill_options(a, a->verb, o, &t);
	buf_init(&help, MAX_TEXT);
	if (read_options(a, &t, argc, argv, named, &help) == -1) {
		*code = fail_start(a, &help);
		return (false);
	}
	if (a->version && !a->help) {
		buf_reset(&help);
		version_text(a, &help);
	}
	if (a->help || a->version) {
		*code = print_answer(a, &help);
		return (false);
	}
	if (sig_init(&a->err) == -1) {
		*code = fail_start(a, &help);
		return (false);
	}
	buf_free(&help);
	progress_begin(a);
	if ((n > 1 && !named && a->noperand > 0 &&
	    check_no_verb(a, verbs, n) == -1) ||
	    check_places(a, verbs, n, &t) == -1) {
		*code = app_finish(a, -1);
		return (false);
	}
	return (true);
}

void
app_set_run(struct app *a, const char *run)
{

	if (run != a->run_id)
		snprintf(a->run_id, sizeof(a->run_id), "%s", run);
	a->run = a->run_id;
	msg_run(a->run);
}

static void
write_summary(struct app *a)
{
	struct err e = { 0 };
	struct buf b, text;

	buf_init(&b, 2 * MAX_TEXT);
	buf_init(&text, MAX_TEXT);
	summary_json(a, &b);
	if (summary_is_news(a))
		summary_text(a, &text);
	msg_summary(a->verb == NULL ? NULL : a->verb->name,
	    buf_cstr(&text) == NULL ? "" : (const char *)text.data, &a->err,
	    b.data, b.len);
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
set_metrics(struct app *a)
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
	set_metrics(a);
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

	waiting_watch(NULL, NULL);
	if (rc != 0)
		err_nomem(&a->err);
	if (a->err.class == ERR_NONE &&
	    io_close(STDOUT_FILENO, &a->err) == -1)
		err_prefix(&a->err, "stdout");
	/* A reader that stops early, such as head(1), is not an error. */
	if (a->err.class == ERR_PIPE)
		msg_log(MSG_INFO, "downstream_closed", "%s", a->err.msg);
	else if (a->err.class != ERR_NONE)
		msg_error(&a->err);
	write_summary(a);
	progress_end(a);
	write_metrics(a);
	free_app(a);
	return (err_exit_code(&a->err));
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_APP_H
#define NF_LIB_CLI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "opt.h"

/*
 * The frame of the four tools: the options that all have, messages, signals,
 * the summary at the end, and the one place where an error becomes an exit
 * code.  A main() is: app_start, the work, app_finish.
 */
struct metrics;

/* What a tool counts; told in the summary and the metrics. */
struct app_stats {
	uint64_t records_in;
	uint64_t records_out;
	uint64_t rejected;
	uint64_t retried;
	uint64_t throttled_ms; /* waited as the other side asked for it */
	uint64_t bytes_in;
	uint64_t bytes_out;
	bool sealed; /* the output ended with its seal */
};

struct app {
	const char *tool;
	struct app_stats stats;
	struct metrics *metrics; /* tools add their own here */
	struct buf told;  /* what was done, for the summary's text */
	struct buf extra; /* members for the summary: '"parts":3', by jsonw */
	struct err err;   /* for the tool's main */
	int64_t started;  /* clock_mono_ms */
	int64_t shown;    /* when progress was shown last */
	uint64_t looked;  /* records when the clock was last asked for it */
	uint64_t expected; /* records in all, if it is known; 0: not */
	bool silent;      /* nothing goes to stdout, or little at the end */
	/* common options */
	const char *run;
	const char *metrics_file;
	const char *summary_file;
	int log_format;
	int verbose, quiet;
	bool help, version;
};

/* Rows for the common options: put APP_OPTIONS(&app) last in a table. */
#define APP_OPTIONS(a)                                                         \
	{ .kind = OPT_GROUP, .help = "Common" },                               \
	{ .kind = OPT_STRING, .name = "run", .arg = "ID", .var = &(a)->run,    \
	    .env = "NF_RUN", .help = "run id, in messages and the seal" },     \
	{ .kind = OPT_STRING, .name = "summary", .arg = "FILE",                \
	    .var = &(a)->summary_file,                                         \
	    .help = "write the summary, one line of JSON, to FILE" },          \
	{ .kind = OPT_STRING, .name = "metrics", .arg = "FILE",                \
	    .var = &(a)->metrics_file,                                         \
	    .help = "write Prometheus metrics to FILE" },                      \
	{ .kind = OPT_CHOICE, .name = "log-format", .arg = "auto|text|json",   \
	    .var = &(a)->log_format, .choices = app_log_formats,               \
	    .env = "NF_LOG_FORMAT", .help = "how messages are written" },      \
	{ .kind = OPT_COUNT, .letter = 'v', .name = "verbose",                 \
	    .var = &(a)->verbose, .help = "say more; twice: debug" },          \
	{ .kind = OPT_COUNT, .letter = 'q', .name = "quiet",                   \
	    .var = &(a)->quiet, .help = "errors only" },                       \
	{ .kind = OPT_FLAG, .letter = 'h', .name = "help",                     \
	    .var = &(a)->help, .help = "show this help" },                     \
	{ .kind = OPT_FLAG, .letter = 'V', .name = "version",                  \
	    .var = &(a)->version, .help = "show the version" }

extern const char *const app_log_formats[];

/**
 * app_init(a, tool):
 * Prepare ${a} for the tool ${tool}; before the option table is made.
 * Descriptors 0 to 2 that are closed are occupied, so that no file opened
 * later takes their place; reading or writing them still fails.
 */
void app_init(struct app *a, const char *tool);

/**
 * app_start(a, table, n, synopsis, argc, argv, first):
 * Parse options, set up messages and signals; --help and --version are
 * answered on stdout.  Return -1 to go on (${first} is the index of the
 * first operand), else the exit code to leave with at once.
 */
int app_start(struct app *a, const struct opt *table, size_t n,
    const char *synopsis, int argc, char **argv, int *first);

/**
 * app_finish(a, rc):
 * ${rc} is what the work returned, 0 or -1; a -1 that left no reason behind
 * is told as lack of memory, which libraries do not always name.  Close
 * stdout, tell the error in ${a}->err if there is one, then the summary and
 * the metrics, and free ${a}.  Return the exit code: 0 only if there was no
 * error and everything written has arrived.
 */
int app_finish(struct app *a, int rc);

/**
 * app_progress(a, what) / app_progress_now(a, what):
 * Show how far the work has come, at most twice a second: records, bytes,
 * rate, retries, and what is left if ${a}->expected or the size of a file at
 * stdin tells.  Only on a terminal, and not while data goes there, nor into
 * a pipe unless with -v.  app_progress is cheap enough for once a record;
 * app_progress_now is for whole pages and parts.  ${what} names what
 * records_out counts ("rows").
 */
void app_progress(struct app *a, const char *what);
void app_progress_now(struct app *a, const char *what);

#endif /* !NF_LIB_CLI_APP_H */

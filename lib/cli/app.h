/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_APP_H
#define NF_LIB_CLI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/stream/proof.h"
#include "lib/stream/stream.h"
#include "opt.h"

/*
 * The frame of the four tools: the options that all have, messages, signals,
 * the summary at the end, and the one place where an error becomes an exit
 * code.  A main() is: app_init, app_start, the work, app_finish.
 */
struct metrics;

/* What a tool counts, for the summary and the metrics. */
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
	struct proof proof; /* of the records; PROOF_NONE: none */
	struct metrics *metrics; /* tools add their own here */
	struct buf told;  /* what was done, for the summary's text */
	struct buf extra; /* members for the summary: '"parts":3', by jsonw */
	struct err err;   /* for the tool's main */
	int64_t started;  /* clock_mono_ms */
	int64_t shown;    /* when progress was shown last */
	uint64_t looked;  /* records when the clock was last asked for it */
	uint64_t expected; /* records in all, if it is known; 0: not */
	bool silent;      /* nothing goes to stdout, or little at the end */
	/* what is to be done */
	const struct app_verb *verb;
	size_t verb_index; /* of it among the verbs */
	char **operand;
	int noperand;
	/* common options */
	const char *run;
	char run_id[STREAM_MAX_RUN + 1]; /* what app_set_run said */
	const char *metrics_file;
	const char *summary_file;
	int log_format;
	int verbose, quiet;
	bool help, version;
};

/* The options of a tool's command line: each tool has a struct of that name. */
struct options;

/* A verb of a tool, or all of a tool that has none. */
struct app_verb {
	const char *name;     /* NULL: the tool has no verbs */
	const char *synopsis; /* for its --help, as in the manual */
	const struct opt_rows *rows; /* of struct options; ends in { 0 } */
	int (*run)(const struct options *o, struct app *a); /* 0 or -1 */
	void (*prepare)(struct options *o); /* its own defaults, or NULL */
};

/**
 * app_init(a, tool):
 * Prepare ${a} for the tool ${tool}; first of all in main().  Descriptors 0
 * to 2 that are closed are occupied, so that no file opened later takes their
 * place; reading or writing them still fails.
 */
void app_init(struct app *a, const char *tool);

/**
 * app_start(a, verbs, n, o, argc, argv, code):
 * Find which of the ${n} ${verbs} is meant, the first if none is named, and
 * store it in ${a}; parse its options into ${o}, which has its defaults, and
 * those that all tools have; set up messages and signals.  --help and
 * --version are answered on stdout.  Return true to go on, with the operands
 * in ${a}; false to leave at once with ${code}, after which ${a} is freed.
 */
bool app_start(struct app *a, const struct app_verb *verbs, size_t n,
    struct options *o, int argc, char **argv, int *code);

/**
 * app_set_run(a, run):
 * The run id became known: the summary and all messages name it from now on.
 * It is copied.
 */
void app_set_run(struct app *a, const char *run);

/**
 * app_finish(a, rc):
 * ${rc} is what the work returned, 0 or -1; a -1 that left no reason behind
 * is reported as lack of memory, which libraries do not always name.  Close
 * stdout, report the error in ${a}->err if there is one, then the summary and
 * the metrics, and free ${a}.  Return the exit code: 0 only if there was no
 * error and everything written has arrived.
 */
int app_finish(struct app *a, int rc);

/**
 * app_progress(a, what), app_progress_now(a, what):
 * Show how far the work has come, at most twice a second: records, bytes,
 * rate, retries, and what is left if ${a}->expected or the size of a file at
 * stdin is known.  Only on a terminal, and not while data goes there, nor into
 * a pipe unless with -v.  app_progress is cheap enough for once a record;
 * app_progress_now is for whole pages and parts.  ${what} names what
 * records_out counts ("rows").
 */
void app_progress(struct app *a, const char *what);
void app_progress_now(struct app *a, const char *what);

#endif /* !NF_LIB_CLI_APP_H */

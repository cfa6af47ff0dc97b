/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_APP_DATA_H
#define NF_LIB_CLI_APP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/stream/proof.h"
#include "lib/stream/stream.h"

/*
 * The data that the frame keeps about a tool and its run.
 */
struct opt_rows;
struct metrics;

/* The counts of a tool, for the summary and the metrics. */
struct app_stats {
	uint64_t records_in;
	uint64_t records_out;
	uint64_t rejected;
	uint64_t retried;
	uint64_t throttled_ms; /* waited because the other side asked for it */
	uint64_t bytes_in;
	uint64_t bytes_out;
	bool sealed; /* the output ends with its seal */
};

/*
 * The number of records done after each ${every_ms}, for a chart.  When the
 * array is full, every second sample is dropped and ${every_ms} is doubled.
 */
#define APP_SAMPLES 60
struct app_samples {
	uint64_t records[APP_SAMPLES];
	size_t n;
	int64_t every_ms;
	uint64_t before; /* records at the last look */
};

struct app {
	const char *tool;
	const char *about;   /* its purpose, if it has several verbs */
	const char *example; /* a command, if it has several verbs */
	void (*libraries)(struct buf *b); /* append "NAME/VERSION ..." */
	struct app_stats stats;
	struct proof proof; /* of the records; PROOF_NONE: none */
	struct metrics *metrics; /* tools add their own here */
	struct buf told;  /* what was done, for the text of the summary */
	struct buf extra; /* members for the summary: '"parts":3', by jsonw */
	struct err err;   /* of the work */
	int64_t started;  /* clock_mono_ms */
	int64_t shown;    /* time when progress was last shown */
	int64_t filed;    /* time when it was last written to a file */
	uint64_t looked;  /* records when progress last read the clock */
	struct app_samples samples;
	uint64_t expected; /* total records; 0: unknown */
	bool silent;      /* nothing goes to stdout, or little at the end */
	/* the command */
	const struct app_verb *verb;
	size_t verb_index; /* its index among the verbs */
	char **operand;
	int noperand;
	/* common options */
	const char *run;
	char run_id[STREAM_MAX_RUN + 1]; /* set by app_set_run */
	const char *metrics_file;
	const char *summary_file;
	const char *progress_file;
	struct buf progress; /* its content, without the current wait */
	int log_format;
	int verbose, quiet;
	bool help, version;
};

/* The options of a tool's command line: each tool defines its own. */
struct options;

/* A verb of a tool, or the whole of a tool that has no verbs. */
struct app_verb {
	const char *name;     /* NULL: the tool has no verbs */
	const char *synopsis; /* for its --help, as in the manual */
	const char *about;    /* its purpose, a sentence */
	const char *example;  /* a command; NULL: that of the tool */
	const struct opt_rows *rows; /* of struct options; ends in { 0 } */
	int (*run)(const struct options *o, struct app *a); /* 0 or -1 */
	void (*prepare)(struct options *o); /* sets its defaults, or NULL */
	const char *in;  /* what records_in counts, "records"; NULL: nothing */
	const char *out; /* what records_out counts, or NULL */
};

#endif /* !NF_LIB_CLI_APP_DATA_H */

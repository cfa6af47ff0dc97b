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
 * What the frame of a tool knows of it and of its run.
 */
struct opt_rows;
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

/*
 * How many records were done after each ${every_ms}, for a chart: when all
 * places are taken, every second is given up and the steps are twice as long.
 */
#define APP_SAMPLES 60
struct app_samples {
	uint64_t records[APP_SAMPLES];
	size_t n;
	int64_t every_ms;
	uint64_t before; /* records when they were looked at last */
};

struct app {
	const char *tool;
	const char *about;   /* what it is for, if it has several verbs */
	const char *example; /* of its use, then */
	void (*libraries)(struct buf *b); /* append "NAME/VERSION ..." */
	struct app_stats stats;
	struct proof proof; /* of the records; PROOF_NONE: none */
	struct metrics *metrics; /* tools add their own here */
	struct buf told;  /* what was done, for the summary's text */
	struct buf extra; /* members for the summary: '"parts":3', by jsonw */
	struct err err;   /* for the tool's main */
	int64_t started;  /* clock_mono_ms */
	int64_t shown;    /* when progress was shown last */
	int64_t filed;    /* when it was written to a file last */
	uint64_t looked;  /* records when the clock was last asked for it */
	struct app_samples samples;
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
	const char *progress_file;
	struct buf progress; /* what stands in it, but for what is waited for */
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
	const char *about;    /* what it is for: a sentence */
	const char *example;  /* of its use; NULL: the tool's */
	const struct opt_rows *rows; /* of struct options; ends in { 0 } */
	int (*run)(const struct options *o, struct app *a); /* 0 or -1 */
	void (*prepare)(struct options *o); /* its own defaults, or NULL */
	const char *in;  /* what records_in counts, "records"; NULL: nothing */
	const char *out; /* what records_out counts, or NULL */
};

#endif /* !NF_LIB_CLI_APP_DATA_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_OPTIONS_H
#define NF_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli/app.h"
#include "uri.h"

/*
 * The command line of nf-load: a verb, its options, a target.
 */
#define OPTIONS_ENDPOINT "NF_BIGTABLE_ENDPOINT"
#define OPTIONS_ADMIN_ENDPOINT "NF_BIGTABLE_ADMIN_ENDPOINT"

/* In the order of the table in main.c. */
enum options_verb {
	VERB_APPLY, VERB_SCAN, VERB_DIFF, VERB_CREATE, VERB_LS, VERB_COUNT
};

/* How scan prints rows; in the order of the option's choices. */
enum options_output {
	OUTPUT_MUTATIONS, OUTPUT_JSON, OUTPUT_TABLE, OUTPUT_TSV
};

struct options {
	enum options_verb verb;
	struct uri uri;
	/* target */
	const char *table;
	const char *endpoint, *admin_endpoint;
	const char *ca;
	const char *app_profile;
	bool plaintext;
	const char *token_file, *impersonate;
	uint64_t channels;
	bool dry_run; /* diff and create: show what would be done */
	/* apply */
	const char *ts_text;
	int64_t ts; /* MUTATION_NO_TS: none */
	uint64_t max_line;
	const char *except; /* a file of row keys that are skipped */
	uint64_t batch_rows, batch_bytes; /* 0: target's default */
	uint64_t batch_age;
	uint64_t requests, held;
	uint64_t tries, retry_time, attempt_time, timeout;
	const char *results;
	bool results_all;
	const char *reject, *max_rejects;
	const char *create; /* a mapping: create its tables first */
	/* create */
	const char *mapping;
	struct opt_list families, splits;
	int granularity;
	bool allow_age;
	/* scan */
	struct opt_list keys, prefixes, ranges, columns;
	const char *keys_file;
	const char *start, *end;
	const char *since, *until;
	int64_t ts_from, ts_until; /* 0: no bound */
	uint64_t versions, limit;
	const char *sample_text;
	double sample;
	bool reverse, values, keys_only, null;
	int output; /* enum options_output */
	/* diff */
	const char *scope;
	bool prune, really, unsealed, newer;
};

/* The options of the verbs, for app_start. */
extern const struct opt_rows options_apply[], options_scan[], options_diff[],
    options_create[], options_ls[], options_count[];

/**
 * options_init(o), options_init_diff(o), options_init_create(o):
 * Set defaults: those of all verbs, and those of one verb.
 */
void options_init(struct options *o);
void options_init_diff(struct options *o);
void options_init_create(struct options *o);

/**
 * options_check(o, app):
 * Check the options parsed into ${o}, and parse the operand, a target.  Return
 * 0, or -1 with ERR_USAGE.
 */
int options_check(struct options *o, struct app *app);

/**
 * options_free(o):
 * Free the memory of ${o}.
 */
void options_free(struct options *o);

/**
 * options_tries(o):
 * Return how many attempts without progress ${o} allows, 1 for no retry.
 */
uint32_t options_tries(const struct options *o);

#endif /* !NF_LOAD_OPTIONS_H */

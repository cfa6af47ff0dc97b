/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_OPTIONS_H
#define NF_TRANSFORM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli/opt.h"

/*
 * The command line.
 */
struct app;

struct options {
	const char *mapping;
	const char *ts;          /* microseconds, as text; NULL: not given */
	int64_t ts_micros;       /* the same, as a number */
	const char *source;      /* where the records come from */
	const char *reject;
	const char *max_rejects;
	const char *part;        /* the input is this share of a run */
	bool no_seal;
	bool check;
	bool infer;
	bool explain;
	bool key_report;
	bool coverage;
	uint64_t max_line;
	uint64_t jobs;
};

/* The options, for app_start. */
extern const struct opt_rows options_rows[];

/**
 * options_init(o):
 * Set defaults.
 */
void options_init(struct options *o);

/**
 * options_check(o, app):
 * Check what was parsed into ${o}, and the operands.  Return 0, or -1 with
 * ERR_USAGE.
 */
int options_check(struct options *o, struct app *app);

#endif /* !NF_TRANSFORM_OPTIONS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_OPTIONS_H
#define NF_TRANSFORM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the command line asks for.
 */
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
	uint64_t max_line;
	uint64_t jobs;
};

#endif /* !NF_TRANSFORM_OPTIONS_H */

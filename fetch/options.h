/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_OPTIONS_H
#define NF_FETCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli/app.h"
#include "lib/cli/opt.h"
#include "lib/http/http.h"

/*
 * The command line.  Options that say what to fetch become members of the
 * source (source_options.h); the others control this run.
 */
#define OPTIONS_UNSET UINT64_MAX /* a number that was not given */

struct options {
	uint64_t timeout_ms; /* of the whole run; 0: none */
	/* of the source */
	const char *file; /* -s */
	const char *page_param, *cursor_param, *next, *total;
	const char *next_record;
	const char *method, *data, *from, *to, *step;
	const char *charset;
	const char *bearer, *basic;
	const char *ca, *cert, *key, *key_password;
	int paginate;
	uint64_t max_pages, max_records;
	struct opt_list records, headers, query, vars, rates, sets;
	struct opt_list api_keys;
	const char *into;
	const char *since;
	bool each;
	/* of this run */
	bool probe, seal, check, print, dry_run;
	const char *record, *replay;
	uint64_t at;
	const char *resume;
	uint64_t prefetch, max_line;
	uint64_t tries, retry_time;
	bool tries_given, retry_time_given;
	struct http_conf http;
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
int options_check(const struct options *o, struct app *app);

/**
 * options_free(o):
 * Free the lists of ${o}.
 */
void options_free(struct options *o);

#endif /* !NF_FETCH_OPTIONS_H */

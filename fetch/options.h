/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_OPTIONS_H
#define NF_FETCH_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/app.h"
#include "lib/http.h"
#include "lib/opt.h"

/*
 * The command line.  Options that say what is fetched become members of the
 * source; the others say how this run goes about it.
 */
#define OPTIONS_MAX 64

struct options {
	/* of the source */
	const char *records, *page_param, *page_size_param, *next, *total;
	const char *next_header;
	int paginate, format;
	uint64_t page_start, page_size, max_pages, max_records;
	struct opt_list headers;
	bool stable, missing_ok, stop_short;
	/* of this run */
	bool seal, allow_http;
	uint64_t at;
	const char *resume;
	uint64_t prefetch, max_line;
	uint64_t tries, retry_wait, retry_total;
	struct http_conf http;
	uint64_t low_speed, low_speed_ms;
	struct opt table[OPTIONS_MAX];
	size_t n;
};

extern const char options_synopsis[];

/**
 * options_init(o, a):
 * Set defaults and make the table, which points into ${o} and ${a}.
 */
void options_init(struct options *o, struct app *a);

/**
 * options_source(o, url, e):
 * Return the source that the options and ${url} make, to be freed by the
 * caller, or NULL.
 */
json_t *options_source(const struct options *o, const char *url,
    struct err *e);

void options_free(struct options *o);

#endif /* !NF_FETCH_OPTIONS_H */

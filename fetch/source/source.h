/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_H
#define NF_FETCH_SOURCE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fetch/auth.h"
#include "fetch/page.h"
#include "fetch/paginate.h"
#include "lib/base/sha256.h"
#include "window.h"

/*
 * The source: what is fetched and how, nf-source(5).  Options and a source
 * file make one JSON object; here it is checked, with the pointer of what is
 * wrong, and made ready to use.
 */
struct err;
struct ptr;
struct rules;

struct source_pair {
	const char *name;
	const char *value;
};

struct source_pairs {
	struct source_pair *item;
	size_t n;
};

struct source {
	json_t *doc; /* the whole object; strings below live in it */
	const char *url;
	const char *method;
	struct source_pairs query;
	struct source_pairs headers;
	const json_t *body_json; /* NULL: none */
	struct source_pairs body_form;
	const json_t *vars;
	struct page_spec page;
	struct ptr *records;
	struct paginate_spec paginate;
	struct window_spec window;
	struct ptr *total;
	struct ptr *unique;
	struct auth_spec auth;
	struct rules *rules;
	struct source_pairs rates;   /* values only */
	struct source_pairs origins; /* values only: those allowed besides */
	const char *ca, *cert, *key; /* files for TLS */
	bool each;        /* one request for each record on stdin */
	const char *into; /* ... its answer becomes this member; or NULL */
	bool stable;
	bool idempotent; /* the request may be sent twice */
	bool allow_http; /* credentials over plain http */
	uint64_t max_pages;
	uint64_t max_records;
};

/**
 * source_load(s, doc, e):
 * Make ${s} from ${doc}, which it takes over.  Return 0, or -1 with
 * ERR_CONFIG and a message that begins with the pointer of the mistake; ${s}
 * must be given to source_free in both cases.
 */
int source_load(struct source *s, json_t *doc, struct err *e);
void source_free(struct source *s);

/**
 * source_hash(s, hex, e):
 * Write the sha256 of what decides which records come, in which order: URL,
 * parameters, pagination, but not credentials, rates or limits of time.
 * Return 0 or -1.
 */
int source_hash(const struct source *s, char hex[SHA256_HEX], struct err *e);

/**
 * source_text(s):
 * Return the source as JSON for people, values that look like credentials
 * as "***"; to be freed with free().  NULL if there is no memory.
 */
char *source_text(const struct source *s);

#endif /* !NF_FETCH_SOURCE_SOURCE_H */

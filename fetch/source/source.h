/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_H
#define NF_FETCH_SOURCE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/sha256.h"

/*
 * The source: what is fetched and how, nf-source(5).  Options and a source
 * file make one JSON object; here it is checked, with the pointer of what is
 * wrong, and made ready to use.
 */
struct err;
struct source;

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
 * source_empty_on(s, status):
 * Return true if an answer with ${status} is an empty page, by "empty_on".
 */
bool source_empty_on(const struct source *s, int status);

/**
 * source_text(s):
 * Return the source as JSON for people, values that look like credentials
 * as "***"; to be freed with free().  NULL if there is no memory.
 */
char *source_text(const struct source *s);

#endif /* !NF_FETCH_SOURCE_SOURCE_H */

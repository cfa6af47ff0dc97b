/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_H
#define NF_FETCH_SOURCE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/sha256.h"

/*
 * The source: what to fetch and how, nf-source(5).  Options and a source file
 * make one JSON object; it is checked here, with the pointer of each mistake,
 * and prepared for use.
 */
struct err;
struct source;

/**
 * source_load(s, doc, e):
 * Make ${s} from ${doc}, whose ownership it takes.  Return 0, or -1 with
 * ERR_CONFIG and a message that begins with the pointer of the mistake; ${s}
 * must be freed with source_free in both cases.
 */
int source_load(struct source *s, json_t *doc, struct err *e);
void source_free(struct source *s);

/**
 * source_hash(s, hex, e):
 * Write the sha256 of everything that decides which records come, and in which
 * order: URL, parameters, pagination, but not credentials, rates or time
 * limits.  Return 0 or -1.
 */
int source_hash(const struct source *s, char hex[SHA256_HEX], struct err *e);

/**
 * source_empty_on(s, status):
 * Return true if a response with ${status} is an empty page, by "empty_on".
 */
bool source_empty_on(const struct source *s, int status);

/**
 * source_text(s):
 * Return the source as JSON for people, with "***" for values that look like
 * credentials; to be freed with free().  NULL if memory runs out.
 */
char *source_text(const struct source *s);

#endif /* !NF_FETCH_SOURCE_SOURCE_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_OPTIONS_H
#define NF_FETCH_SOURCE_OPTIONS_H

#include <jansson.h>

/*
 * The source as one JSON object: the source file with the options laid over
 * it.
 */
struct err;
struct options;

/**
 * source_options_read(o, url, e):
 * Return the source that the source file, if there is one, ${url} (NULL: of
 * the file) and the options make; what an option says goes before what the
 * file says.  To be freed by the caller.  NULL on error: ERR_USAGE,
 * ERR_CONFIG.
 */
json_t *source_options_read(const struct options *o, const char *url,
    struct err *e);

/**
 * source_options_blame(o, url, doc, e):
 * ${e} is what source_load says of that source, ${doc}.  If an option made what
     is
 * wrong, name it instead of the pointer and make it ERR_USAGE; else put the
 * name of the file in front.  Always return -1.
 */
int source_options_blame(const struct options *o, const char *url,
    const json_t *doc, struct err *e);

#endif /* !NF_FETCH_SOURCE_OPTIONS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_OPTIONS_H
#define NF_FETCH_SOURCE_SOURCE_OPTIONS_H

#include <jansson.h>

/*
 * The source as one JSON object: the source file with the options laid over
 * it.
 */
struct err;
struct options;

/**
 * source_options_source(o, url, e):
 * Return the source that the source file, if there is one, ${url} (NULL: of
 * the file) and the options make; what an option says goes before what the
 * file says.  To be freed by the caller.  NULL on error: ERR_USAGE,
 * ERR_CONFIG.
 */
json_t *source_options_source(const struct options *o, const char *url,
    struct err *e);

/**
 * source_options_file(path, url, e):
 * Return the source file alone, with ${url} over it if that is not NULL.
 */
json_t *source_options_file(const char *path, const char *url, struct err *e);

#endif /* !NF_FETCH_SOURCE_SOURCE_OPTIONS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_OPTIONS_H
#define NF_FETCH_SOURCE_OPTIONS_H

#include <jansson.h>

/*
 * The source as one JSON object: the source file, overridden by the options.
 */
struct err;
struct options;

/**
 * source_options_read(o, url, e):
 * Return the source made from the source file, if there is one, ${url} (NULL:
 * that of the file) and the options; options override the file.  The caller
 * frees it.  NULL on error: ERR_USAGE, ERR_CONFIG.
 */
json_t *source_options_read(const struct options *o, const char *url,
    struct err *e);

/**
 * source_options_blame(o, url, doc, e):
 * ${e} is the error of source_load for that source, ${doc}.  If the mistake
 * comes from an option, name the option instead of the pointer and change the
 * class to ERR_USAGE; else put the file name in front.  Always return -1.
 */
int source_options_blame(const struct options *o, const char *url,
    const json_t *doc, struct err *e);

#endif /* !NF_FETCH_SOURCE_OPTIONS_H */

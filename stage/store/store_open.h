/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_STORE_OPEN_H
#define NF_STAGE_STORE_STORE_OPEN_H

/*
 * Which backend a URI means: the only place that knows all of them.
 */
struct err;
struct store;
struct store_conf;

/* A run has a name; a list may be of a whole bucket. */
enum store_open_what { STORE_OPEN_RUN, STORE_OPEN_PREFIX };

/**
 * store_open(uri, what, conf, e):
 * The objects under ${uri}, gs://BUCKET/PREFIX or file:///FOLDER; nothing is
 * read yet.  ${conf} is borrowed.  Return it, to be released by store_close,
 * or NULL: ERR_USAGE for what is not such a URI, ERR_CONFIG, ERR_PERM.
 */
struct store *store_open(const char *uri, enum store_open_what what,
    const struct store_conf *conf, struct err *e);

#endif /* !NF_STAGE_STORE_STORE_OPEN_H */

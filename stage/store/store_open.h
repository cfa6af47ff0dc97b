/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_STORE_OPEN_H
#define NF_STAGE_STORE_STORE_OPEN_H

/*
 * Select the backend for a URI: the only file that knows all backends.
 */
struct err;
struct store;
struct store_conf;

/* A run must have a name; a prefix may be a whole bucket. */
enum store_open_what { STORE_OPEN_RUN, STORE_OPEN_PREFIX };

/**
 * store_open(uri, what, conf, e):
 * Open the store of the objects under ${uri}, gs://BUCKET/PREFIX or
 * file:///FOLDER; nothing is read yet.  ${conf} is borrowed.  Return the
 * store, which the caller releases with store_close, or NULL: ERR_USAGE for an
 * invalid URI, ERR_CONFIG, ERR_PERM.
 */
struct store *store_open(const char *uri, enum store_open_what what,
    const struct store_conf *conf, struct err *e);

#endif /* !NF_STAGE_STORE_STORE_OPEN_H */

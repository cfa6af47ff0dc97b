/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_STORE_OPEN_H
#define NF_STAGE_STORE_STORE_OPEN_H

/*
 * Which backend a URI means: the only place that knows all of them.
 */
struct err;
struct store;
struct store_conf;

/**
 * store_open(uri, conf, e):
 * The objects under ${uri}, gs://BUCKET/PREFIX or file:///FOLDER; nothing is
 * read yet.  ${conf} is borrowed.  Return it, to be released by store_close,
 * or NULL: ERR_USAGE for what is not such a URI, ERR_CONFIG, ERR_PERM.
 */
struct store *store_open(const char *uri, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_STORE_STORE_OPEN_H */

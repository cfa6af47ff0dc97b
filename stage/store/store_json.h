/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_STORE_JSON_H
#define NF_STAGE_STORE_STORE_JSON_H

/*
 * JSON documents as objects of a store.
 */
struct buf;
struct err;
struct scan;
struct store;

/* Read the needed members of the document scanned by s; return 0 or -1. */
typedef int store_json_parse(void *arg, const struct scan *s, struct err *e);

/**
 * store_json_put(s, name, text, e):
 * Create object ${name} with the JSON ${text}.  Return 1, 0 if an object of
 * that name already exists, -1 on error; a failed buffer ${text} counts as an
 * error too.
 */
int store_json_put(struct store *s, const char *name, const struct buf *text,
    struct err *e);

/**
 * store_json_get(s, name, text, parse, arg, e):
 * Read object ${name} into ${text}, which is empty and initialized, scan it
 * and pass it to ${parse}.  Return 1, 0 if there is no such object, -1 on
 * error (ERR_DATA if it is not JSON).
 */
int store_json_get(struct store *s, const char *name, struct buf *text,
    store_json_parse *parse, void *arg, struct err *e);

#endif /* !NF_STAGE_STORE_STORE_JSON_H */

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

/* Take what is needed of the document scanned by s; return 0 or -1. */
typedef int store_json_parse(void *arg, const struct scan *s, struct err *e);

/**
 * store_json_put(s, name, text, e):
 * Create object ${name} of the JSON ${text}.  Return 1, 0 if there is one of
 * that name already, -1 on error, which that ${text} has failed is too.
 */
int store_json_put(struct store *s, const char *name, const struct buf *text,
    struct err *e);

/**
 * store_json_get(s, name, text, parse, arg, e):
 * Read object ${name} into ${text}, empty and initialised, scan it and give
 * it to ${parse}.  Return 1, 0 if there is no such object, -1 on error
 * (ERR_DATA for what is not JSON).
 */
int store_json_get(struct store *s, const char *name, struct buf *text,
    store_json_parse *parse, void *arg, struct err *e);

#endif /* !NF_STAGE_STORE_STORE_JSON_H */

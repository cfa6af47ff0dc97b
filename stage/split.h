/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_SPLIT_H
#define NF_STAGE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/json/scan.h"

/*
 * Splitting a JSON document as it arrives: the items of one array, a member of
 * the document's object, are passed on one at a time, and only the rest is
 * kept.  So a document of any length takes little memory.
 */
#define SPLIT_ITEM ((size_t)16 << 10) /* bytes of an item */
#define SPLIT_REST ((size_t)1 << 20)  /* bytes of all else */

struct err;

/* Take the item that was scanned by s; return 0 or -1. */
typedef int split_take(void *arg, const struct scan *s, struct err *e);

struct split {
	const char *key;   /* of the array */
	split_take *take;
	void *arg;
	bool found;        /* the array has begun */
	uint64_t n;        /* items so far */
	/* private */
	struct scan scan;
	struct buf rest;   /* the document, the array without items */
	struct buf item;   /* the bytes of this item so far */
	size_t string_at;  /* where in rest the last string begins */
	uint32_t depth;    /* of rest, or of the item */
	bool in_items;
	bool in_string;
	bool escaped;      /* the next byte of the string */
	bool is_key;       /* the last token of rest is the key */
	bool after_colon;  /* and its colon */
};

/**
 * split_init(s, key, take, arg) / split_free(s):
 * Begin a document whose array ${key} (a name without characters to escape) is
 * split; its items go to ${take} with ${arg}.
 */
void split_init(struct split *s, const char *key, split_take *take, void *arg);
void split_free(struct split *s);

/**
 * split_feed(s, p, n, e):
 * The next ${n} bytes.  Return 0, or -1: that of ${take}, or ERR_DATA if an
 * item is not valid JSON or too long.
 */
int split_feed(struct split *s, const void *p, size_t n, struct err *e);

/**
 * split_end(s, e):
 * The document has ended.  Return its scan, in which the array has no items,
 * valid until split_free; NULL with ERR_DATA if it is not valid JSON.
 */
const struct scan *split_end(struct split *s, struct err *e);

#endif /* !NF_STAGE_SPLIT_H */

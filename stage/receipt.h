/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_RECEIPT_H
#define NF_STAGE_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "part.h"
#include "stage/store/store.h"

/*
 * A receipt, RUN/_nf/INDEX-HASH.json, says that a part is stored, describes
 * the stored object, and gives its position in the chain.
 */
#define RECEIPT_NAME 64            /* "_nf/00007-<hash>.json" */
#define RECEIPT_MAX  ((size_t)16 << 10) /* bytes of one */

struct buf;
struct err;
struct scan;

struct receipt {
	uint64_t index;
	char hash[PART_HASH];
	char part[PART_NAME];
	char before[PART_HASH];    /* hash of the previous part; "": none */
	uint64_t generation;       /* of the stored object */
	uint64_t size;
	uint32_t crc32c;
	struct part_totals own;    /* of its records */
	struct part_totals totals; /* of the run up to its end */
	char *mark;                /* cursor as raw JSON, or NULL */
};

/**
 * receipt_init(r, p, before, info, e) / receipt_fini(r):
 * Fill ${r} for part ${p}, whose stored object is described by ${info};
 * ${before} is the hash of the previous part or "".  Return 0 or -1 (no
 * memory).
 */
int receipt_init(struct receipt *r, const struct part *p, const char *before,
    const struct store_info *info, struct err *e);
void receipt_fini(struct receipt *r);

/**
 * receipt_name(out, index, hash):
 * Write the name of the object.
 */
void receipt_name(char out[RECEIPT_NAME], uint64_t index, const char *hash);

/**
 * receipt_split_name(name, index, hash):
 * Parse a name written by receipt_name.  Return 0, or -1 if ${name} is not the
 * name of a receipt.
 */
int receipt_split_name(const char *name, uint64_t *index,
    char hash[PART_HASH]);

/**
 * receipt_members(r, out) / receipt_parse_members(r, s, t, e):
 * Append the members that describe a part in both a receipt and a manifest;
 * parse them from object ${t} (into ${r}, zeroed).  Return 0, or -1: ERR_DATA
 * also if the names of part and receipt differ in index or hash.
 */
void receipt_members(const struct receipt *r, struct buf *out);
int receipt_parse_members(struct receipt *r, const struct scan *s, uint32_t t,
    struct err *e);

/**
 * receipt_info(r, info):
 * Fill ${info} with the object data in ${r}.
 */
void receipt_info(const struct receipt *r, struct store_info *info);

/**
 * receipt_fits(r, info):
 * Return true if ${info} can belong to the object that ${r} was written for:
 * same size and, where known, same CRC32C.  The generation is not compared,
 * because a copy has another one; it only says where to look first.
 */
bool receipt_fits(const struct receipt *r, const struct store_info *info);

/**
 * receipt_adopt(r, stored, e):
 * ${stored} is the stored receipt with the name of ${r}.  If both agree about
 * the records, exchange them, so that ${r} describes the stored object.
 * Return 0, or -1 with ERR_DATA.
 */
int receipt_adopt(struct receipt *r, struct receipt *stored, struct err *e);

/**
 * receipt_put(s, r, e):
 * Store ${r}.  If a receipt of that name already exists, it must agree about
 * the part, and ${r} takes over the stored one.  Return 0 or -1 (ERR_DATA if
 * they disagree).
 */
int receipt_put(struct store *s, struct receipt *r, struct err *e);

/**
 * receipt_get(s, index, hash, r, e):
 * Read the receipt into ${r}; the caller releases it with receipt_fini.
 * Return 1, 0 if absent, -1 on error (ERR_DATA also if the receipt is for
 * another part).
 */
int receipt_get(struct store *s, uint64_t index, const char *hash,
    struct receipt *r, struct err *e);

#endif /* !NF_STAGE_RECEIPT_H */

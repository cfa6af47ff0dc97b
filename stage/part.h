/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_PART_H
#define NF_STAGE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"

/*
 * The part being written: records pass through gzip into a spool, and the
 * chain hash names the part.  A name identifies everything from the first
 * record of the run to the end of the part.
 */
#define PART_HASH 33 /* 32 hex digits and a NUL */
#define PART_NAME 80 /* "part-00007-<hash>.ndjson.gz" */

struct err;
struct gzip_writer;
struct spool;
struct spool_place;

enum part_form { PART_GZIP, PART_PLAIN };

/* Number of records, bytes with their newlines, CRC32C of these bytes. */
struct part_totals {
	uint64_t records;
	uint64_t raw_size;
	uint32_t raw_crc32c;
};

/* A position in the chain. */
struct part_place {
	uint64_t index;            /* of the next part, from 0 */
	char hash[SHA256_HEX];     /* of the previous part; first: the source */
	struct part_totals totals; /* of all previous parts */
};

struct part {
	uint64_t index;
	char hash[PART_HASH];      /* since part_end */
	char name[PART_NAME];      /* since part_end */
	struct part_totals own;    /* of its records */
	struct part_totals totals; /* since part_end: of the run so far */
	uint64_t size;             /* bytes to store */
	uint32_t crc32c;           /* of these */
	struct buf mark;           /* cursor as raw JSON; empty: none */
	struct spool *spool;       /* the bytes to store */
	enum part_form form;
	/* private */
	struct buf raw, packed;
	struct gzip_writer *gz;
	struct sha256 *sha;
};

/**
 * part_new(at, form, e) / part_free(p):
 * Create a part, which can be reused; its spool is at ${at}; compressed or
 * not, as ${form} says.
 */
struct part *part_new(const struct spool_place *at, enum part_form form,
    struct err *e);
void part_free(struct part *p);

/**
 * part_begin(p, place, e):
 * Start the part that follows at ${place}.  Return 0 or -1.
 */
int part_begin(struct part *p, const struct part_place *place, struct err *e);

/**
 * part_add(p, line, n, e):
 * Add a record of ${n} bytes without its newline.  Return 0 or -1.
 */
int part_add(struct part *p, const void *line, size_t n, struct err *e);

/**
 * part_end(p, mark, n, place, e):
 * The part is complete; the records after it can be fetched from the cursor
 * ${mark} of ${n} bytes (0: none).  Set its name and move ${place} past it.
 * Return 0 or -1.
 */
int part_end(struct part *p, const void *mark, size_t n,
    struct part_place *place, struct err *e);

/**
 * part_name(out, index, hash, form):
 * Write the name of the object: part-INDEX-HASH.ndjson.gz, or without .gz.
 */
void part_name(char out[PART_NAME], uint64_t index, const char *hash,
    enum part_form form);

/**
 * part_split_place(text, index, hash):
 * Parse the INDEX-HASH at ${text}, which names of parts and receipts share;
 * the text after it is ignored.  Return 0, or -1 if it is absent.
 */
int part_split_place(const char *text, uint64_t *index, char hash[PART_HASH]);

/**
 * part_split_name(name, index, hash):
 * Parse a name written by part_name.  Return 0, or -1 if ${name} is not the
 * name of a part.
 */
int part_split_name(const char *name, uint64_t *index, char hash[PART_HASH]);

/**
 * part_form(name):
 * Return the form of the part with that name.
 */
enum part_form part_form(const char *name);

/**
 * part_totals_add(sum, own):
 * Add the totals ${own} of the records that follow to ${sum}.
 */
void part_totals_add(struct part_totals *sum, const struct part_totals *own);

/**
 * part_totals_equal(a, b):
 * Return true if ${a} and ${b} describe the same records.
 */
bool part_totals_equal(const struct part_totals *a,
    const struct part_totals *b);

#endif /* !NF_STAGE_PART_H */

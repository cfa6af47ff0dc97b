/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_MUTATION_H
#define NF_LOAD_MUTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "lib/json/scan.h"

/*
 * One line of a mutation stream, nf-stream(5), parsed and checked against
 * the limits of Bigtable.  It is independent of the target.
 */
struct err;

#define MUTATION_MAX_POINTER 192
#define MUTATION_MAX_KEPT 64 /* bytes of a name or a number */
#define MUTATION_NO_TS INT64_MIN

struct mutation_cell {
	struct bytes family;
	struct bytes qualifier;
	struct bytes value;
	int64_t ts;  /* microseconds; meaningless for a delete */
	bool delete; /* the entire column */
};

/* A text already found valid in an earlier line; none while ${n} is 0. */
struct mutation_kept {
	uint8_t text[MUTATION_MAX_KEPT];
	size_t n;
};

struct mutation {
	struct bytes table;
	struct bytes row;
	bool delete; /* the entire row; then there are no cells */
	struct mutation_cell *cell;
	size_t ncells;
	struct bytes raw; /* the line itself */
	uint64_t index;   /* of the record in its stream, from 0 */
	uint64_t line;    /* its line number, from 1 */
	char pointer[MUTATION_MAX_POINTER]; /* after an error: JSON Pointer */
	/* private */
	size_t cap;
	struct scan scan;
	struct buf text; /* resolved escapes, decoded base64 */
	uint32_t *order; /* scratch to find equal cells */
	size_t order_cap;
	struct mutation_kept kept_table;
	struct mutation_kept kept_family;
	struct mutation_kept kept_ts; /* as a number's text */
	int64_t kept_micros;          /* its value */
};

/* Defaults for a line without table or timestamp. */
struct mutation_defaults {
	struct bytes table; /* n is 0: none */
	int64_t ts;         /* MUTATION_NO_TS: none */
};

/**
 * mutation_init(m) / mutation_free(m):
 * Initialize ${m}; free its memory.  One struct is used for many lines.
 */
void mutation_init(struct mutation *m);
void mutation_free(struct mutation *m);

/**
 * mutation_parse(m, line, len, d, e):
 * Parse ${len} bytes at ${line}, with SCAN_PAD readable bytes after them.
 * The slices in ${m} point into ${line} or into ${m} and are valid until
 * either is reused.  Return 0, or -1: ERR_DATA with a code (bad_json and other
 * codes of scan_text, bad_mutation, no_table, bad_table, no_row, no_ts,
 * bad_ts, no_cells, bad_family, bad_value, dup_cell, row_too_long,
 * qualifier_too_long, value_too_long, too_many_cells), with the place in
 * ${m}->pointer; ERR_IO if there is no memory.
 */
int mutation_parse(struct mutation *m, const uint8_t *line, size_t len,
    const struct mutation_defaults *d, struct err *e);

#endif /* !NF_LOAD_MUTATION_H */

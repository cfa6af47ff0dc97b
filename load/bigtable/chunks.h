/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_CHUNKS_H
#define NF_LOAD_BIGTABLE_CHUNKS_H

#include <stdbool.h>

#include "lib/base/bytes.h"
#include "load/row.h"

/*
 * Rows out of the chunks of a ReadRows stream (ReadRowsResponse.CellChunk in
 * google/bigtable/v2/bigtable.proto).  A stream that breaks the rules is an
 * error, never a guess.
 */
struct Google__Bigtable__V2__ReadRowsResponse__CellChunk;
struct err;

enum chunks_state { CHUNKS_NEW_ROW, CHUNKS_IN_ROW, CHUNKS_IN_CELL };

struct chunks {
	enum chunks_state state;
	bool reverse;
	struct row row;
	struct buf last;      /* key of the row, or the mark, before */
	bool has_last;
	struct buf family;    /* of the cell added last */
	struct buf qualifier;
};

/**
 * chunks_init(c, reverse) / chunks_free(c):
 * Begin, for rows in order of their keys or in ${reverse}.
 */
void chunks_init(struct chunks *c, bool reverse);
void chunks_free(struct chunks *c);

/**
 * chunks_restart(c):
 * The stream broke off and is begun again after ${c}->last: what of a row
 * had come is forgotten.
 */
void chunks_restart(struct chunks *c);

/**
 * chunks_take(c, chunk, e):
 * Return 1 if ${c}->row is a whole row now, 0 if more is to come, -1 if the
 * chunk is not allowed here (ERR_REFUSED, code bad_stream) or there is no
 * memory.
 */
int chunks_take(struct chunks *c,
    const struct Google__Bigtable__V2__ReadRowsResponse__CellChunk *chunk,
    struct err *e);

/**
 * chunks_scanned(c, key, e):
 * The server has read up to ${key} without finding a row (its
 * last_scanned_row_key).  Return 0 or -1.
 */
int chunks_scanned(struct chunks *c, struct bytes key, struct err *e);

/**
 * chunks_end(c, e):
 * The stream has ended well.  Return 0, or -1 if a row was not complete.
 */
int chunks_end(const struct chunks *c, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_CHUNKS_H */

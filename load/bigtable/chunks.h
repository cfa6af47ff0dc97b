/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_CHUNKS_H
#define NF_LOAD_BIGTABLE_CHUNKS_H

#include <stdbool.h>

#include "lib/base/bytes.h"
#include "load/row.h"

/*
 * Assembling rows from the chunks of a ReadRows stream
 * (ReadRowsResponse.CellChunk in google/bigtable/v2/bigtable.proto).  A stream
 * that breaks the rules is an error; nothing is guessed.
 */
struct Google__Bigtable__V2__ReadRowsResponse__CellChunk;
struct err;

enum chunks_state { CHUNKS_NEW_ROW, CHUNKS_IN_ROW, CHUNKS_IN_CELL };

struct chunks {
	enum chunks_state state;
	bool reverse;
	struct row row;
	struct buf last;      /* key of the previous row or mark */
	bool has_last;
	struct buf family;    /* of the cell added last */
	struct buf qualifier;
};

/**
 * chunks_init(c, reverse) / chunks_free(c):
 * Begin, for rows in key order, or in descending order if ${reverse}.
 */
void chunks_init(struct chunks *c, bool reverse);
void chunks_free(struct chunks *c);

/**
 * chunks_restart(c):
 * The stream broke off and is restarted after ${c}->last: discard the
 * incomplete row.
 */
void chunks_restart(struct chunks *c);

/**
 * chunks_take(c, chunk, e):
 * Process a chunk.  Return 1 if ${c}->row is now complete, 0 if more chunks
 * must follow, -1 if the chunk is not allowed here (ERR_REFUSED, code
 * bad_stream) or there is no memory.
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
 * The stream has ended with OK.  Return 0, or -1 if a row is incomplete.
 */
int chunks_end(const struct chunks *c, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_CHUNKS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BATCH_H
#define NF_LOAD_BIGTABLE_BATCH_H

#include <grpc/slice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "busy_rows.h"
#include "cookies.h"
#include "lib/base/backoff.h"

/*
 * A MutateRows request from its first entry to its last response.  An entry is
 * one row: the mutations of one line, or of several lines that had to wait for
 * each other.  The list ${live} holds the entries that remain to be sent; an
 * attempt sends the first ${sent} of them.
 */
struct batch_table;
struct err;
struct rpc_call;

/* A line, or what is kept of it after its mutations are packed. */
struct batch_line {
	struct batch_line *next;
	uint64_t index;
	uint64_t line;
	uint32_t mutations;
	bool alone;     /* not to be merged again */
	size_t len;     /* bytes of its packed mutations */
	size_t raw_len; /* of the line itself, 0 if not kept */
	uint8_t data[]; /* of a waiting line: packed, then raw */
};

struct batch_part {
	uint64_t index;
	uint64_t line;
	uint32_t mutations;
	size_t len;      /* of its packed mutations in the entry */
	uint8_t *raw;    /* malloc'd or NULL */
	size_t raw_len;
};

struct batch_entry {
	struct busy_rows_key key;
	size_t at, len;         /* the complete field in the request */
	size_t mutations_at;
	uint32_t mutations;
	unsigned int attempts;
	int code;               /* the result in this attempt */
	unsigned int answers;   /* number of results */
	int64_t retry_ms;       /* its own RetryInfo, or -1 */
	char *message;          /* malloc'd or NULL */
	struct batch_part part; /* the first or only one */
	struct batch_part *more;
	size_t nmore;
	struct batch_line *first, *last; /* lines waiting for this row */
};

struct batch {
	struct batch *next; /* in the sender's list */
	struct batch_table *table;
	struct batch_memory *memory;
	size_t size;  /* of ${memory} */
	size_t len;   /* bytes of it in use */
	size_t bytes; /* counted against the limit */
	struct batch_entry *entry;
	size_t n, max;
	size_t mutations;
	uint32_t *live;
	size_t nlive;
	size_t sent; /* in this attempt */
	bool broken; /* a response is malformed */
	int64_t since; /* clock_mono_ms of the first entry */
	int64_t due;   /* when to send */
	int64_t begun; /* when this attempt was sent */
	bool flying;
	struct rpc_call *call; /* while flying */
	bool started;  /* the backoff has started */
	bool renewed; /* UNAUTHENTICATED was received once */
	struct backoff backoff;
	struct cookies cookies;
};

_Static_assert(offsetof(struct batch_entry, key) == 0,
    "batch_entry_of: the key is the first member of its entry");

/**
 * batch_entry_of(k):
 * Return the entry to which the key ${k} belongs.
 */
static inline struct batch_entry *
batch_entry_of(struct busy_rows_key *k)
{

	return ((struct batch_entry *)k);
}

/**
 * batch_new(rows, size, e) / batch_free(b):
 * Create a batch of at most ${rows} entries and at most ${size} bytes.
 */
struct batch *batch_new(size_t rows, size_t size, struct err *e);
void batch_free(struct batch *b);

/**
 * batch_begin(b, table, head):
 * Begin the request of the empty batch with ${head}, the packed name of
 * ${table}, which must fit.
 */
void batch_begin(struct batch *b, struct batch_table *table,
    struct bytes head);

/**
 * batch_reset(b):
 * Reset the finished batch ${b} for reuse.  Return false if the caller must
 * free it instead: gRPC may still be sending its memory.
 */
bool batch_reset(struct batch *b);

/**
 * batch_fits(b, n, mutations):
 * Return true if there is room for an entry of ${n} bytes with ${mutations}
 * mutations.
 */
bool batch_fits(const struct batch *b, size_t n, size_t mutations);

/**
 * batch_add(b, row, mutations, n):
 * Begin an entry for ${row} with ${n} bytes for packed mutations, which the
 * caller writes at batch_mutations().  The caller also fills its first part.
 * The entry must fit.
 */
struct batch_entry *batch_add(struct batch *b, struct bytes row, size_t n);
uint8_t *batch_mutations(const struct batch *b, const struct batch_entry *x);

/**
 * batch_entry_clear(x):
 * Free the memory of a finished entry (no waiting lines left).
 */
void batch_entry_clear(struct batch_entry *x);

/**
 * batch_request(b, tail, message, e):
 * Pack the first ${b}->sent live entries and ${tail} (bytes after them)
 * into ${message}: the memory of the batch itself if all of it is sent, else a
 * copy.  Clear the results of the previous attempt.  Return 0 or -1.
 */
int batch_request(struct batch *b, struct bytes tail, grpc_slice *message,
    struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BATCH_H */

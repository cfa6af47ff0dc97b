/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_WIRE_H
#define NF_LOAD_BIGTABLE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The bytes of a MutateRowsRequest (google/bigtable/v2/bigtable.proto),
 * written at once: the one message hot enough not to go through protobuf-c.
 * The bytes are the same; the unit test compares them.
 */
struct mutation;

/* So many bytes may be read after what is packed, and written after it. */
#define WIRE_PAD 16
#define WIRE_COLUMNS 64 /* of a line, that are remembered */
#define WIRE_HEAD 96

/*
 * The cells at one place of their lines are mostly of one column: what is in
 * front of their values, as it was packed last.
 */
struct wire_column {
	uint8_t head[WIRE_HEAD + WIRE_PAD]; /* family, qualifier, timestamp */
	size_t len;         /* of the head, or 0: none is remembered */
	size_t names;       /* of them, family and qualifier */
	size_t family;      /* bytes of the names themselves */
	size_t qualifier;
	int64_t ts;
	bool delete;
};

struct wire {
	struct wire_column column[WIRE_COLUMNS];
	const struct mutation *measured;
};

/**
 * wire_field_size(n) / wire_field(p, field, b):
 * Bytes that a length-delimited field of ${n} bytes takes; write field
 * number ${field} (1 to 15) holding ${b} at ${p} and return its end.
 */
size_t wire_field_size(size_t n);
uint8_t *wire_field(uint8_t *p, unsigned int field, struct bytes b);

/**
 * wire_mutations_size(w, m) / wire_mutations(w, p, m):
 * Bytes of the mutations of line ${m} as field 2 of an Entry; write them at
 * ${p}, WIRE_PAD bytes after them too, and return their end.  The first must
 * be called for the same line right before the second.  ${w} is all zero at
 * first.
 */
size_t wire_mutations_size(struct wire *w, const struct mutation *m);
uint8_t *wire_mutations(const struct wire *w, uint8_t *p,
    const struct mutation *m);

/**
 * wire_entry_size(key, mutations) / wire_entry(p, key, mutations):
 * Bytes of an Entry with a key of ${key} bytes and ${mutations} bytes of
 * mutations, as field 2 of the request; write its head and its key at ${p},
 * WIRE_PAD bytes after them too, and return where the mutations belong.
 */
size_t wire_entry_size(size_t key, size_t mutations);
uint8_t *wire_entry(uint8_t *p, struct bytes key, size_t mutations);

#endif /* !NF_LOAD_BIGTABLE_WIRE_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_WIRE_H
#define NF_LOAD_BIGTABLE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The bytes of a MutateRowsRequest (google/bigtable/v2/bigtable.proto),
 * written directly: the only message that is sent too often to go through
 * protobuf-c.  The bytes are the same; the unit test compares them.
 */
struct mutation;

/* This many bytes after the packed data may be read and written. */
#define WIRE_PAD 16
#define WIRE_COLUMNS 64 /* of a line, that are remembered */
#define WIRE_HEAD 96

/*
 * Cells at the same position of their lines mostly have the same column, so
 * the packed bytes before the value are kept from the last line.
 */
struct wire_column {
	uint8_t head[WIRE_HEAD + WIRE_PAD]; /* family, qualifier, timestamp */
	size_t len;         /* of the head, or 0: none is kept */
	size_t names;       /* of them, family and qualifier */
	size_t family;      /* bytes of each name itself */
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
 * Return the size of a length-delimited field of ${n} bytes; write field
 * number ${field} (1 to 15) with the contents ${b} at ${p} and return its end.
 */
size_t wire_field_size(size_t n);
uint8_t *wire_field(uint8_t *p, unsigned int field, struct bytes b);

/**
 * wire_mutations_size(w, m) / wire_mutations(w, p, m):
 * Return the size of the mutations of line ${m} as field 2 of an Entry; write
 * them at ${p} and return their end.  Writing may also overwrite the WIRE_PAD
 * bytes after them.  Call wire_mutations_size for the same line right before
 * wire_mutations.  ${w} is all zero at first.
 */
size_t wire_mutations_size(struct wire *w, const struct mutation *m);
uint8_t *wire_mutations(const struct wire *w, uint8_t *p,
    const struct mutation *m);

/**
 * wire_entry_size(key, mutations) / wire_entry(p, key, mutations):
 * Return the size of an Entry with a key of ${key} bytes and ${mutations}
 * bytes of mutations, as field 2 of the request; write its head and its key at
 * ${p} and return where the mutations belong.  Writing may also overwrite the
 * WIRE_PAD bytes after them.
 */
size_t wire_entry_size(size_t key, size_t mutations);
uint8_t *wire_entry(uint8_t *p, struct bytes key, size_t mutations);

#endif /* !NF_LOAD_BIGTABLE_WIRE_H */

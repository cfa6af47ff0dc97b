/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_WIRE_H
#define NF_LOAD_BIGTABLE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The bytes of a MutateRowsRequest (google/bigtable/v2/bigtable.proto),
 * written at once: the one message hot enough not to go through protobuf-c.
 * The bytes are the same; the unit test compares them.
 */
struct mutation;

/**
 * wire_field_size(n) / wire_field(p, field, b):
 * Bytes that a length-delimited field of ${n} bytes takes; write field
 * number ${field} (1 to 15) holding ${b} at ${p} and return its end.
 */
size_t wire_field_size(size_t n);
uint8_t *wire_field(uint8_t *p, unsigned int field, struct bytes b);

/**
 * wire_mutations_size(m) / wire_mutations(p, m):
 * Bytes of the mutations of line ${m} as field 2 of an Entry; write them at
 * ${p} and return their end.
 */
size_t wire_mutations_size(const struct mutation *m);
uint8_t *wire_mutations(uint8_t *p, const struct mutation *m);

/**
 * wire_entry_size(key, mutations) / wire_entry(p, key, mutations):
 * Bytes of an Entry with a key of ${key} bytes and ${mutations} bytes of
 * mutations, as field 2 of the request; write its head and its key at ${p}
 * and return where the mutations belong.
 */
size_t wire_entry_size(size_t key, size_t mutations);
uint8_t *wire_entry(uint8_t *p, struct bytes key, size_t mutations);

#endif /* !NF_LOAD_BIGTABLE_WIRE_H */

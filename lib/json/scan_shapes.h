/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_SHAPES_H
#define NF_LIB_JSON_SCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The shapes of objects: for each position in a text (the root, or the value
 * of a key) the keys seen there, in order.  A list has no duplicate keys, so
 * an object whose keys appear in the order of the list has no duplicates
 * either.  Keys are kept with their quotes and the colon, to be compared as
 * whole words of memory.  The cost of a text is bounded: the number of shapes
 * and keys is limited, and a shape that does not fit is learned again a few
 * times, then given up.
 */
#define SHAPES_MAX 256
#define SHAPES_NONE 0 /* has no keys and never learns any */
#define SHAPES_ROOT 1
#define SHAPE_KEYS 64
#define SHAPE_WORDS 4
#define SHAPE_KEY_MAX (SHAPE_WORDS * sizeof(uint64_t))

struct shape_key {
	uint64_t word[SHAPE_WORDS]; /* "key": */
	uint64_t mask[SHAPE_WORDS]; /* of the bytes in use */
	uint16_t len;
	uint16_t child;             /* the shape of objects below, or 0 */
};

struct shape {
	struct shape_key *key;
	uint16_t n, cap;
	bool closed;     /* it learns no more keys */
	uint8_t renewed; /* how often it was learned again */
	uint64_t seen;   /* objects */
	uint64_t loose;  /* objects that did not fit */
};

struct scan_shapes {
	struct shape shape[SHAPES_MAX];
	uint16_t n;
};

/**
 * scan_shapes_new() / scan_shapes_free(x):
 * Return shapes with an empty root, or NULL without memory; free them (NULL is
 * fine).
 */
struct scan_shapes *scan_shapes_new(void);
void scan_shapes_free(struct scan_shapes *x);

/**
 * scan_shapes_learn(s, at, p, len):
 * Insert the ${len} bytes at ${p}, a key without escapes but with quotes and
 * colon, at index ${at} of the list of ${s}.  SHAPE_KEY_MAX bytes must be
 * readable at ${p}.  Return false if the list already has it or has no room.
 */
bool scan_shapes_learn(struct shape *s, size_t at, const uint8_t *p,
    size_t len);

/**
 * scan_shapes_child(x, k):
 * Return the shape of the objects that are values of key ${k}; make it if
 * necessary.
 */
struct shape *scan_shapes_child(struct scan_shapes *x, struct shape_key *k);

/**
 * scan_shapes_miss(s):
 * Count an object that did not fit ${s}; if there are too many, forget the
 * keys of ${s}.  A closed shape stays closed: SHAPES_NONE may be the shape of
 * several open objects.
 */
void scan_shapes_miss(struct shape *s);

/**
 * scan_shapes_find(k, end, p):
 * Return the key from ${k} to ${end} that is at ${p}, or ${end} if absent.
 */
static inline struct shape_key *
scan_shapes_find(struct shape_key *k, const struct shape_key *end,
    const uint8_t *p)
{
	uint64_t a, b, c, d;

	__builtin_memcpy(&a, p, sizeof(a));
	__builtin_memcpy(&b, p + sizeof(a), sizeof(b));
	for (; k < end; k++) {
		if (((a ^ k->word[0]) & k->mask[0]) != 0 ||
		    ((b ^ k->word[1]) & k->mask[1]) != 0)
			continue;
		if (k->len <= 2 * sizeof(a))
			break;
		__builtin_memcpy(&c, p + 2 * sizeof(a), sizeof(c));
		__builtin_memcpy(&d, p + 3 * sizeof(a), sizeof(d));
		if ((((c ^ k->word[2]) & k->mask[2]) |
		    ((d ^ k->word[3]) & k->mask[3])) == 0)
			break;
	}
	return (k);
}

#endif /* !NF_LIB_JSON_SCAN_SHAPES_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_SHAPES_H
#define NF_LIB_JSON_SCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The shapes of objects: for each place in a text (the root, or what a key
 * holds) the keys seen there, in order.  No key stands twice in a list, so
 * that an object whose keys all are in it, one after the other, has no key
 * twice.  Keys are held with their quotes and the colon, to be compared as
 * whole words of memory.  What a text can cost is bounded: so many shapes and
 * keys, and a shape that does not fit what comes is learned anew, then given
 * up.
 */
#define SHAPES_MAX 256
#define SHAPES_NONE 0 /* knows no key and learns none */
#define SHAPES_ROOT 1
#define SHAPE_KEYS 64
#define SHAPE_WORDS 4
#define SHAPE_KEY_MAX (SHAPE_WORDS * sizeof(uint64_t))

struct shape_key {
	uint64_t word[SHAPE_WORDS]; /* "key": */
	uint64_t mask[SHAPE_WORDS]; /* of the bytes that it has */
	uint16_t len;
	uint16_t child;             /* the shape of objects below, or 0 */
};

struct shape {
	struct shape_key *key;
	uint16_t n, cap;
	bool closed;     /* nothing is learned any more */
	uint8_t renewed; /* how often it was learned anew */
	uint64_t seen;   /* objects, and those that did not fit */
	uint64_t loose;
};

struct scan_shapes {
	struct shape shape[SHAPES_MAX];
	uint16_t n;
};

/**
 * scan_shapes_new() / scan_shapes_free(x):
 * Return shapes of which the root knows no key yet, or NULL without memory;
 * free them, NULL is fine.
 */
struct scan_shapes *scan_shapes_new(void);
void scan_shapes_free(struct scan_shapes *x);

/**
 * scan_shapes_learn(s, at, p, len):
 * Put the ${len} bytes at ${p}, a key with quotes and colon that has no
 * escapes, as number ${at} into the list of ${s}.  SHAPE_KEY_MAX bytes can be
 * read at ${p}.  Return false if it is in it already, or has no room.
 */
bool scan_shapes_learn(struct shape *s, size_t at, const uint8_t *p,
    size_t len);

/**
 * scan_shapes_child(x, k):
 * Return the shape of the objects that key ${k} of a shape holds, perhaps a
 * new one.
 */
struct shape *scan_shapes_child(struct scan_shapes *x, struct shape_key *k);

/**
 * scan_shapes_miss(s):
 * An object did not fit ${s}: if too many do not, forget it.  One that is
 * closed stays so: SHAPES_NONE may be that of several open objects.
 */
void scan_shapes_miss(struct shape *s);

/**
 * scan_shapes_find(k, end, p):
 * Return which of the keys from ${k} on, up to ${end}, is at ${p}, or ${end}.
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

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_REFS_H
#define NF_TRANSFORM_MAPPING_REFS_H

#include "lib/json/config.h"
#include "program.h"

/*
 * Compiling references ("/NFeID", "./Value|trim", "../#", "$run") and
 * templates ("{/NFeID|pad:10}#{#}") of a mapping, nf-mapping(5).
 */

/* The state of the compiler. */
struct compiler {
	struct program *prog;
	struct scope *scope;     /* the innermost */
	const struct zone *zone; /* of the mapping; may be NULL */
	const struct absent *absent; /* what counts as absent here */
};

/**
 * refs_ref(c, n, out, e):
 * Compile the reference in the string ${n}.  Return 0 or -1.
 */
int refs_ref(struct compiler *c, const struct config *n, const struct ref **out,
    struct err *e);

/**
 * refs_text(c, n, text, len, out, e):
 * The same for the ${len} bytes at ${text}; ${n} is the node that contains
 * them.
 */
int refs_text(struct compiler *c, const struct config *n, const char *text,
    size_t len, struct ref **out, struct err *e);

/**
 * refs_absent(c, n, e):
 * Use the member "absent" of object ${n}, if it has one, as the values that
 * count as absent from now on; the caller restores the previous ones.
 */
int refs_absent(struct compiler *c, const struct config *n, struct err *e);

/**
 * refs_place(c, n):
 * Return the JSON Pointer of ${n} in the mapping, which lives as long as the
 * program; NULL without memory.
 */
const char *refs_place(struct compiler *c, const struct config *n);

/**
 * refs_template(c, n, text, out, e) / refs_key(c, n, text, out, e):
 * Compile the template ${text}.  For a key, make sure that different parts
 * never give the same whole: a part without a fixed width must be the last, or
 * be followed by punctuation, which is then escaped in it.
 */
int refs_template(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e);
int refs_key(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e);

/**
 * refs_enter(c, each, out, e) / refs_enter_text(c, n, text, len, out, e) /
 * refs_leave(c):
 * Create ${out}, the scope of the items of the reference in string ${each} (of
 * ${len} bytes at ${text}), and make it the innermost; return to the enclosing
 * one.
 */
int refs_enter(struct compiler *c, const struct config *each,
    struct scope **out, struct err *e);
int refs_enter_text(struct compiler *c, const struct config *n,
    const char *text, size_t len, struct scope **out, struct err *e);
void refs_leave(struct compiler *c);

/**
 * refs_finish(prog):
 * Assign every scope its range of slots.
 */
void refs_finish(struct program *prog);

#endif /* !NF_TRANSFORM_MAPPING_REFS_H */

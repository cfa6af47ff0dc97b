/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_REFS_H
#define NF_TRANSFORM_MAPPING_REFS_H

#include "lib/json/config.h"
#include "program.h"

/*
 * Compiling references ("/NFeID", "./Value|trim", "../#", "$run") and
 * templates ("{/NFeID|pad:10}#{#}") of a mapping, nf-mapping(5).
 */

/* Where the compiler stands. */
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
 * The same for the ${len} bytes at ${text}; ${n} is where they stand.
 */
int refs_text(struct compiler *c, const struct config *n, const char *text,
    size_t len, struct ref **out, struct err *e);

/**
 * refs_absent(c, n, e):
 * Take the member "absent" of object ${n}, if it has one, as what counts as
 * absent from now on; the caller puts back what did before.
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
 * Compile the template ${text}; of a key make sure that different parts never
 * give the same whole: a part of no fixed width must be followed by
 * punctuation, which is then escaped in it, or be the last.
 */
int refs_template(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e);
int refs_key(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e);

/**
 * refs_enter(c, each, out, e) / refs_enter_text(c, n, text, len, out, e) /
 * refs_leave(c):
 * Make ${out}, the scope of the items of the reference in string ${each} (of
 * ${len} bytes at ${text}), the innermost; go back to the one around it.
 */
int refs_enter(struct compiler *c, const struct config *each,
    struct scope **out, struct err *e);
int refs_enter_text(struct compiler *c, const struct config *n,
    const char *text, size_t len, struct scope **out, struct err *e);
void refs_leave(struct compiler *c);

/**
 * refs_finish(prog):
 * Give every scope its place among the slots.
 */
void refs_finish(struct program *prog);

#endif /* !NF_TRANSFORM_MAPPING_REFS_H */

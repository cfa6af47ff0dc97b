/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_PROOF_H
#define NF_LIB_STREAM_PROOF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What shows that a stream holds all that the API had: the member "proof" of
 * an end line, a manifest and a summary, nf-stream(5).  Nothing is decided by
 * it but what "require_proof" of a source asks for.
 */
struct buf;
struct scan;

/* From the strongest to the weakest. */
enum proof_by {
	PROOF_NONE,   /* it is not known */
	PROOF_TOTAL,  /* as many records as the API counts */
	PROOF_PAGES,  /* as many pages */
	PROOF_END,    /* the API said that there is no more */
	PROOF_EMPTY,  /* a page without records */
	PROOF_SHORT,  /* a page with fewer records than asked for */
	PROOF_SINGLE, /* one request, and no sign of more */
	PROOF_LIMIT   /* a limit was reached: there may be more */
};

#define PROOF_UNCLAIMED UINT64_MAX

struct proof {
	enum proof_by by;
	uint64_t claimed; /* records, as the API says; or PROOF_UNCLAIMED */
	uint64_t walked;  /* records that came */
};

extern const char *const proof_names[]; /* of enum proof_by; ends in NULL */

/**
 * proof_weaken(p, part):
 * Make ${p} that of a walk made of what it was of and of ${part}: the weaker
 * way of the two, and the sum of what is claimed if both claim.  The first
 * part of all goes onto a ${p} of PROOF_NONE, which claims 0.
 */
void proof_weaken(struct proof *p, const struct proof *part);

/**
 * proof_is_enough(by, least):
 * Return true if ${by} is as strong as ${least} or stronger.
 */
bool proof_is_enough(enum proof_by by, enum proof_by least);

/**
 * proof_write(p, b):
 * Append member "proof" to the object in ${b}; null for PROOF_NONE.
 */
void proof_write(const struct proof *p, struct buf *b);

/**
 * proof_read(s, t, p):
 * Read member "proof" of object ${t}; PROOF_NONE if absent, or one
 * of a kind that this version does not know.
 */
void proof_read(const struct scan *s, uint32_t t, struct proof *p);

#endif /* !NF_LIB_STREAM_PROOF_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_PROOF_H
#define NF_LIB_STREAM_PROOF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The evidence that a stream holds all records of the API: the member "proof"
 * of an end line, a manifest and a summary, nf-stream(5).  It is used only for
 * the "require_proof" of a source.
 */
struct buf;
struct scan;

/* From the strongest to the weakest. */
enum proof_by {
	PROOF_NONE,   /* unknown */
	PROOF_TOTAL,  /* as many records as the API reports */
	PROOF_PAGES,  /* as many pages as the API reports */
	PROOF_END,    /* the API said that there is no more */
	PROOF_EMPTY,  /* a page without records */
	PROOF_SHORT,  /* a page with fewer records than asked for */
	PROOF_SINGLE, /* one request, and no sign of more */
	PROOF_LIMIT   /* a limit was reached: there may be more */
};

#define PROOF_UNCLAIMED UINT64_MAX

struct proof {
	enum proof_by by;
	uint64_t claimed; /* records that the API reports; PROOF_UNCLAIMED */
	uint64_t walked;  /* records that were received */
};

extern const char *const proof_names[]; /* of enum proof_by; ends in NULL */

/**
 * proof_weaken(p, part):
 * Combine ${p} with ${part}, the proof of another part of the same walk: keep
 * the weaker kind of the two, and add the claimed records if both claim any.
 * Start with a ${p} of PROOF_NONE that claims 0.
 */
void proof_weaken(struct proof *p, const struct proof *part);

/**
 * proof_is_enough(by, least):
 * Return true if ${by} is as strong as ${least} or stronger.
 */
bool proof_is_enough(enum proof_by by, enum proof_by least);

/**
 * proof_write(p, b):
 * Append the member "proof" to the object in ${b}; null for PROOF_NONE.
 */
void proof_write(const struct proof *p, struct buf *b);

/**
 * proof_read(s, t, p):
 * Read the member "proof" of object ${t}; PROOF_NONE if it is absent or of a
 * kind that this version does not know.
 */
void proof_read(const struct scan *s, uint32_t t, struct proof *p);

#endif /* !NF_LIB_STREAM_PROOF_H */

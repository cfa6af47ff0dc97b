/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_PARTS_H
#define NF_STAGE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "part.h"

/*
 * The stored parts of a run, in order from part 0.  A run can have 10^5 parts
 * and more, so a part takes 56 bytes here and not the 300 of its receipt.
 */
#define PARTS_MAX ((size_t)1 << 22)

struct err;
struct receipt;

struct parts {
	struct packed_part *at;
	size_t n;
	size_t cap;
};

/**
 * parts_init(p) / parts_free(p):
 * Make ${p} empty; release its memory and make it empty.
 */
void parts_init(struct parts *p);
void parts_free(struct parts *p);

/**
 * parts_add(p, r, e):
 * Append the part of ${r}, without its mark and totals.  Return 0, or -1:
 * ERR_CONFIG (code too_many_parts) if there are PARTS_MAX.
 */
int parts_add(struct parts *p, const struct receipt *r, struct err *e);

/**
 * parts_reverse(p):
 * The parts were added from the last to the first: put them in order.
 */
void parts_reverse(struct parts *p);

/**
 * parts_get(p, i, r):
 * Fill ${r} for part ${i} of ${p}; it has no mark and no totals, and need not
 * be released.
 */
void parts_get(const struct parts *p, size_t i, struct receipt *r);

/**
 * parts_sum(p, sum):
 * Set ${sum} to the totals of all parts.
 */
void parts_sum(const struct parts *p, struct part_totals *sum);

/**
 * parts_stored_size(p):
 * Return the size of all objects together, in bytes.
 */
uint64_t parts_stored_size(const struct parts *p);

#endif /* !NF_STAGE_PARTS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_CHECK_H
#define NF_TRANSFORM_CHECK_H

#include <regex.h>

#include "machine.h"

/*
 * Running the conditions and checks of a program.
 */
enum when_kind {
	WHEN_EXISTS,
	WHEN_IN,
	WHEN_PATTERN,
	WHEN_ALL,
	WHEN_ANY,
	WHEN_NOT
};

struct when {
	enum when_kind kind;
	const struct ref *ref;
	bool exists;
	const struct text *in;
	size_t nin;
	const regex_t *pattern;
	const struct when *sub; /* ALL, ANY, NOT */
	size_t nsub;
};

/**
 * check_when(m, w):
 * Return 1 if ${w} holds, 0 if it does not, -1 with a fault.
 */
int check_when(struct machine *m, const struct when *w);

#endif /* !NF_TRANSFORM_CHECK_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_BUDGET_H
#define NF_FETCH_SOURCE_BUDGET_H

#include <stdint.h>

/*
 * A request budget as text, "90/min": no more requests than this in any span
 * of that length.
 */
struct budget {
	uint64_t n;
	int64_t span_ms;
};

/**
 * budget_parse(text, b):
 * Read "N/s", "N/min", "N/h" or "N/d" into ${b}, with N from 1 to 100000 and
 * an optional number before the unit ("5/15s").  Return 0, or -1 if ${text} is
 * anything else.
 */
int budget_parse(const char *text, struct budget *b);

#endif /* !NF_FETCH_SOURCE_BUDGET_H */

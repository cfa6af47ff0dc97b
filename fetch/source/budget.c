/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/number.h"

#define MAX_N 100000
#define MAX_SPAN 10000

int
budget_parse(const char *text, struct budget *b)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "s", 1000 }, { "sec", 1000 }, { "second", 1000 },
		{ "m", 60000 }, { "min", 60000 }, { "minute", 60000 },
		{ "h", 3600000 }, { "hour", 3600000 }, { "d", 86400000 },
		{ "day", 86400000 } };
	uint64_t k = 1;
	size_t i;

	if (number_next(&text, MAX_N, &b->n) == -1 || b->n == 0 ||
	    *text++ != '/')
		return (-1);
	if (strspn(text, "0123456789") > 0 &&
	    (number_next(&text, MAX_SPAN, &k) == -1 || k == 0))
		return (-1);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) == 0) {
			b->span_ms = (int64_t)(k * units[i].ms);
			return (0);
		}
	}
	return (-1);
}

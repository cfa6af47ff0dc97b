/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <stdio.h>

int
number_i64(const uint8_t *p, size_t n, int64_t *v)
{
	uint64_t u = 0, limit = INT64_MAX;
	size_t i = 0;
	unsigned int digit;
	int minus = n > 0 && p[0] == '-';

	if (minus) {
		i = 1;
		limit++;
	}
	if (i == n)
		return (-1);
	for (; i < n; i++) {
		digit = (unsigned int)p[i] - '0';
		if (digit > 9 || u > (limit - digit) / 10)
			return (-1);
		u = u * 10 + digit;
	}
	*v = (int64_t)(minus ? 0 - u : u);
	return (0);
}

void
number_text(uint64_t v, char out[16])
{

	snprintf(out, 16, "%llu", (unsigned long long)(v % 1000000000000000));
}

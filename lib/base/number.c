/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
number_u64(const void *p, size_t n, uint64_t max, uint64_t *v)
{
	const uint8_t *d = p;
	uint64_t sum = 0;
	unsigned int digit;
	size_t i;

	for (i = 0; i < n; i++) {
		digit = (unsigned int)d[i] - '0';
		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return (-1);
		sum = sum * 10 + digit;
	}
	if (n == 0)
		return (-1);
	*v = sum;
	return (0);
}

int
number_i64(const void *p, size_t n, int64_t *v)
{
	const uint8_t *d = p;
	size_t minus = n > 0 && d[0] == '-';
	uint64_t u;

	if (number_u64(d + minus, n - minus, (uint64_t)INT64_MAX + minus,
	    &u) == -1)
		return (-1);
	*v = (int64_t)(minus ? 0 - u : u);
	return (0);
}

int
number_read(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	uint64_t read;

	if (number_u64(text, strlen(text), max, &read) == -1 || read < min)
		return (-1);
	*v = read;
	return (0);
}

int
number_next(const char **p, uint64_t max, uint64_t *v)
{
	size_t n = strspn(*p, "0123456789");

	if (number_u64(*p, n, max, v) == -1)
		return (-1);
	*p += n;
	return (0);
}

/* The units that may follow a number, smallest first. */
struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit bytes[] = { { "", 1 }, { "K", 1ULL << 10 },
	{ "M", 1ULL << 20 }, { "G", 1ULL << 30 }, { NULL, 0 } };
static const struct unit times[] = { { "ms", 1 }, { "s", 1000 },
	{ "", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	{ NULL, 0 } };
static const struct unit *const units_of[] = { [NUMBER_BYTES] = bytes,
	[NUMBER_MS] = times };

int
number_scaled(const char *text, enum number_scale scale, uint64_t min,
    uint64_t max, uint64_t *v)
{
	const struct unit *u;
	uint64_t number;

	if (number_next(&text, UINT64_MAX, &number) == -1)
		return (-1);
	for (u = units_of[scale]; u->name != NULL; u++)
		if (strcmp(text, u->name) == 0)
			break;
	if (u->name == NULL || number > UINT64_MAX / u->factor)
		return (-1);
	number *= u->factor;
	if (number < min || number > max)
		return (-1);
	*v = number;
	return (0);
}

const char *
number_amount(uint64_t v, enum number_scale scale, char text[NUMBER_AMOUNT])
{
	const struct unit *u, *exact = units_of[scale], *close = exact;

	for (u = units_of[scale]; u->name != NULL; u++) {
		if (u->factor > 1 && u->name[0] == '\0')
			continue;
		if (v % u->factor == 0)
			exact = u;
		if (v / u->factor >= 10)
			close = u;
	}
	/* Round long numbers down, but keep at least two digits. */
	u = v / exact->factor < 10000 ? exact : close;
	snprintf(text, NUMBER_AMOUNT, "%" PRIu64 "%s", v / u->factor, u->name);
	return (text);
}

int
number_real(const char *p, size_t n, double *v)
{
	char *end;

	/* No tool sets a locale, so the decimal separator is a point. */
	*v = strtod(p, &end);
	return (n > 0 && end == p + n ? 0 : -1);
}

void
number_text(uint64_t v, char out[NUMBER_TEXT])
{

	snprintf(out, NUMBER_TEXT, "%" PRIu64, v);
}

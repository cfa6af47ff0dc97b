/* SPDX-License-Identifier: Apache-2.0 */
#include "bigtable_names.h"

/* [-_.a-zA-Z0-9]+ and at most ${max} of them. */
static bool
is_name(struct bytes b, size_t max)
{
	size_t i;
	uint8_t c;

	if (b.n > max)
		return (false);
	for (i = 0; i < b.n; i++) {
		c = b.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    c == '.'))
			return (false);
	}
	return (b.n > 0);
}

bool
bigtable_names_table(struct bytes b)
{

	return (is_name(b, BIGTABLE_NAMES_MAX_TABLE) && b.p[0] != '-' &&
	    b.p[0] != '.');
}

bool
bigtable_names_family(struct bytes b)
{

	return (is_name(b, BIGTABLE_NAMES_MAX_FAMILY));
}

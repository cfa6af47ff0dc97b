/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_plain.h"

#include "lib/base/utf8.h"

const uint8_t *
scan_plain_rest(const uint8_t *p, const uint8_t *end, bool *escaped)
{
	size_t n;

	for (; (p = scan_plain_skip(p, end)) < end; p += n) {
		if (*p == '"')
			return (p);
		/* Most non-ASCII characters have two bytes. */
		if (*p >= 0xc2 && *p < 0xe0 && p + 1 < end &&
		    (p[1] & 0xc0) == 0x80)
			n = 2;
		else if (*p == '\\') {
			*escaped = true;
			n = utf8_escape_length(p, (size_t)(end - p));
		} else
			n = *p < 0x20 ? 0 :
			    utf8_sequence(p, (size_t)(end - p));
		if (n == 0)
			return (NULL);
	}
	return (NULL);
}

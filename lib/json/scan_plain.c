/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_plain.h"

#include "lib/base/utf8.h"

const uint8_t *
scan_plain_rest(const uint8_t *p, const uint8_t *end, bool *escaped)
{
	size_t n;

	for (; (p = scan_plain_chars(p, end)) < end; p += n) {
		if (*p == '"')
			return (p);
		if (*p == '\\') {
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

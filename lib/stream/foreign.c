/* SPDX-License-Identifier: Apache-2.0 */
#include "foreign.h"

#include <string.h>
#include <strings.h>

#include "lib/base/err.h"

/* Files that are recognized by their first bytes. */
static const struct magic {
	const char *bytes;
	size_t n;
	const char *what;
} magics[] = {
	{ "\x1f\x8b", 2, "gzip: decompress it with gzip -dc" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd: unpack it with zstd -dc" },
	{ "PK\x03\x04", 4, "a zip file: unpack it" },
	{ "BZh", 3, "bzip2: unpack it with bzip2 -dc" },
	{ "\xff\xfe", 2, "UTF-16: convert it with iconv -f UTF-16 -t UTF-8" },
	{ "\xfe\xff", 2, "UTF-16: convert it with iconv -f UTF-16 -t UTF-8" },
};

static bool
begins_as(const uint8_t *p, size_t n, const char *word)
{

	return (n >= strlen(word) &&
	    strncasecmp((const char *)p, word, strlen(word)) == 0);
}

/* The kind of file of ${p}, or NULL; blanks at both ends are removed. */
static const char *
name_foreign(const uint8_t *p, size_t n, bool whole)
{
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= magics[i].n &&
		    memcmp(p, magics[i].bytes, magics[i].n) == 0)
			return (magics[i].what);
	if (begins_as(p, n, "<!doctype html") || begins_as(p, n, "<html"))
		return ("an HTML page, such as a login or error page");
	if (n > 0 && p[0] == '<')
		return ("XML or HTML");
	/* No JSON value ends like this: it continues on the next line. */
	if (!whole || n == 0 || memchr(",:[{", p[n - 1], 4) == NULL)
		return (NULL);
	if (p[0] == '[')
		return ("a JSON array: nf-fetch FILE (- for a pipe) converts "
		    "it to one record per line, with every digit");
	if (p[0] == '{')
		return ("a JSON object over several lines: nf-fetch --records "
		    "POINTER FILE prints its records, one per line");
	return (NULL);
}

int
foreign_check(const uint8_t *line, size_t len, bool whole, struct err *e)
{
	const uint8_t *p = line;
	const char *what;
	size_t n = len;

	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	if ((what = name_foreign(p, n, whole)) == NULL)
		return (0);
	return (err_set_code(e, ERR_DATA, "not_ndjson", "line 1: not NDJSON "
	    "(one record per line) but %s", what));
}

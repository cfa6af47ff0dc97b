/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The splitter against a plain one: the same lines, whatever the sizes of
 * the reads.  First byte: the limit of a line; second: how reads are cut.
 * io_read is replaced by one that cuts the input.
 */
#include "lib/stream/ndjson.h"

#include <stdbool.h>

#include "fuzz.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/stream/foreign.h"

static const uint8_t *input;
static size_t left;
static unsigned int cut;

ssize_t
io_read(int fd, void *p, size_t n, struct err *e)
{
	size_t most = cut == 0 ? n : 1 + cut % 31;

	(void)fd;
	(void)e;
	cut = cut == 0 ? 0 : cut * 7 % 251;
	if (n > most)
		n = most;
	if (n > left)
		n = left;
	if (n > 0)
		memcpy(p, input, n);
	input += n;
	left -= n;
	return ((ssize_t)n);
}

void
io_widen(int fd)
{

	(void)fd;
}

/* The plain one: what is left of the text, and which line it is at. */
struct plain {
	const uint8_t *p;
	size_t n;
	uint64_t line;
	bool begun; /* a line was read */
};

/* 1 and a line, 0 at the end, -1 for a line that must be refused. */
static int
plain_read(struct plain *s, size_t max, const uint8_t **line, size_t *len)
{
	struct err e = { 0 };
	const uint8_t *nl;
	size_t n, i, had = 0;

	while (s->n > 0) {
		nl = memchr(s->p, '\n', s->n);
		n = nl == NULL ? s->n : (size_t)(nl - s->p);
		*line = s->p;
		*len = n;
		s->p += n + (nl != NULL);
		s->n -= n + (nl != NULL);
		s->line++;
		for (i = 0; i == 0 || *len < had; i++) {
			had = *len;
			if (s->line == 1 && *len >= 3 &&
			    memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
				*line += 3;
				*len -= 3;
			}
			if (*len > 0 && (*line)[*len - 1] == '\r')
				--*len;
			if (i == 0 && *len > max)
				return (-1);
		}
		for (i = 0; i < *len && strchr(" \t\r", (*line)[i]) != NULL &&
		    (*line)[i] != '\0'; i++)
			continue;
		if (i == *len)
			continue;
		if (!s->begun && foreign_check(*line, *len, nl != NULL,
		    &e) == -1)
			return (-1);
		s->begun = true;
		return (memchr(*line, '\0', *len) == NULL ? 1 : -1);
	}
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = { 0 };
	struct plain s;
	struct ndjson *r;
	const uint8_t *line, *want;
	size_t len, want_len, max;
	int rc, want_rc;

	if (n < 2)
		return (0);
	max = p[0];
	cut = p[1];
	s.p = input = p + 2;
	s.n = left = n - 2;
	s.line = 0;
	s.begun = false;
	r = ndjson_open(0, max, &e);
	FUZZ_CHECK(r != NULL);
	do {
		rc = ndjson_read(r, &line, &len, &e);
		want_rc = plain_read(&s, max, &want, &want_len);
		FUZZ_CHECK(rc == want_rc);
		if (rc == 1) {
			FUZZ_CHECK(len == want_len);
			FUZZ_CHECK(memcmp(line, want, len) == 0);
			FUZZ_CHECK(ndjson_line(r) == s.line);
			FUZZ_CHECK(ndjson_bytes(r) == n - 2 - s.n);
		}
	} while (rc == 1);
	FUZZ_CHECK((rc == -1) == (e.class == ERR_DATA));
	ndjson_free(r);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream that is accepted can be written again, and what was written reads
 * as the same: records, marks, begin line, seal.
 */
#include "lib/stream/stream.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/base/err.h"
#include "lib/stream/foreign.h"

#define MAX_LINE 4096

static int
in_memory(const uint8_t *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd != -1);
	FUZZ_CHECK(n == 0 || write(fd, p, n) == (ssize_t)n);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return (fd);
}

/* Write item ${i} of ${s} to ${o}; a record may be no control line. */
static void
copy(struct stream_out *o, const struct stream *s,
    const struct stream_item *i, struct err *e)
{

	if (i->kind == STREAM_BEGIN)
		FUZZ_CHECK(stream_out_begin(o, stream_head(s), e) == 0);
	else if (i->kind == STREAM_MARK)
		FUZZ_CHECK(stream_out_mark(o, i->line, i->len, e) == 0);
	else if (i->kind == STREAM_RECORD)
		FUZZ_CHECK(stream_out_record(o, i->line, i->len, e) == 0);
	else
		FUZZ_CHECK(stream_out_end(o, NULL, e) == 0);
}

/* Read ${in}, writing to ${out} unless that is -1.  What came of it. */
static int
read_all(int in, int out, uint64_t *records, uint32_t *crc, bool *sealed)
{
	struct stream_item i = { .kind = STREAM_RECORD };
	struct err e = { 0 };
	struct stream_out o;
	struct stream *s;
	int rc = 0;

	s = stream_open(in, MAX_LINE, &e);
	FUZZ_CHECK(s != NULL);
	stream_sum(s, STREAM_SUM);
	stream_out_init(&o, out);
	do {
		rc = stream_read(s, &i, &e);
		/* No JSON, which is for others to say; first, it is a BOM. */
		if (rc == 0 && i.kind == STREAM_RECORD && i.len >= 3 &&
		    memcmp(i.line, "\xef\xbb\xbf", 3) == 0)
			rc = -1;
		/* A first line that does not end may be more than it is. */
		if (rc == 0 && i.kind == STREAM_RECORD &&
		    stream_head(s) == NULL && stream_records(s) == 1 &&
		    foreign_check(i.line, i.len, true, &e) == -1)
			rc = -1;
		if (rc == 0 && out != -1)
			copy(&o, s, &i, &e);
	} while (rc == 0 && i.kind != STREAM_EOF);
	*records = stream_records(s);
	*crc = stream_crc32c(s);
	*sealed = stream_sealed(s);
	stream_out_free(&o);
	stream_free(s);
	return (rc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint64_t records, again;
	uint32_t crc, crc_again;
	bool sealed, sealed_again;
	int in, out;

	in = in_memory(p, n);
	out = in_memory(NULL, 0);
	if (read_all(in, out, &records, &crc, &sealed) == 0) {
		FUZZ_CHECK(lseek(out, 0, SEEK_SET) == 0);
		FUZZ_CHECK(read_all(out, -1, &again, &crc_again,
		    &sealed_again) == 0);
		FUZZ_CHECK(records == again && crc == crc_again &&
		    sealed == sealed_again);
	}
	close(in);
	close(out);
	return (0);
}

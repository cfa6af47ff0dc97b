/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/stream/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/stream/ndjson.h"

#define MAX_LINE 1000

/* Return a descriptor to read ${text} from. */
static int
input(const char *text, size_t len)
{
	struct err e = { 0 };
	FILE *f = tmpfile();

	CHECK_INT(io_write(fileno(f), text, len, &e), 0);
	CHECK(lseek(fileno(f), 0, SEEK_SET) == 0);
	return (fileno(f));
}

/*
 * Read ${text} to its end or first error; write a letter for each item to
 * ${seen} (R, B, M) and the code of the error behind '!'.
 */
static void
walk(const char *text, size_t len, char *seen, struct err *e)
{
	struct stream_item item;
	struct stream *s;

	memset(e, 0, sizeof(*e));
	s = stream_open(input(text, len), MAX_LINE, e);
	for (;;) {
		if (stream_read(s, &item, e) == -1) {
			(void)sprintf(seen, "!%s", e->code);
			break;
		}
		if (item.kind == STREAM_EOF) {
			*seen = '\0';
			break;
		}
		*seen++ = "?RBM"[item.kind];
	}
	stream_free(s);
}

static void
reads(const char *text, const char *want)
{
	char seen[128];
	struct err e;

	walk(text, strlen(text), seen, &e);
	if (!CHECK_STR(seen, want))
		fprintf(stderr, "  %s\n  %s\n", text, e.msg);
}

#define BEGIN "{\"$nf\":\"begin\",\"v\":1,\"run\":\"r\",\"source\":\"\"," \
	"\"at\":1,\"from\":null}\n"

static void
plain(void)
{

	reads("", "");
	reads("\n\r\n  \n", "");
	reads("{}\n[]\r\n\n1", "RRR");
	reads("\xef\xbb\xbf{}\n", "R");
	reads("{}\n" BEGIN, "R!bad_control");
	reads("{\"$nf\":\"end\",\"records\":0,\"crc32c\":\"00000000\"}\n",
	    "!bad_control");
	reads("{}\n { \"\\u0024n\\u0066\" : 1}\n", "R!bad_control");
	reads("{\"$nfe\":1}\n{\"nf\":1}\n{\"a\":{\"$nf\":1}}\n", "RRR");
}

static void
limits(void)
{
	char big[MAX_LINE + 3], seen[64];
	struct err e;

	memset(big, '1', sizeof(big));
	big[MAX_LINE] = '\n';
	walk(big, MAX_LINE + 1, seen, &e);
	CHECK_STR(seen, "R");
	memcpy(big + MAX_LINE, "\r\n", 2);
	walk(big, MAX_LINE + 2, seen, &e);
	CHECK_STR(seen, "R");
	memcpy(big + MAX_LINE, "1\n", 2);
	walk(big, MAX_LINE + 2, seen, &e);
	CHECK_STR(seen, "!long_line");
	CHECK(strstr(e.msg, "line 1:") != NULL);
	walk("1\n\"\0\"\n", 6, seen, &e);
	CHECK_STR(seen, "R!nul_byte");
	CHECK(strstr(e.msg, "line 2:") != NULL);
}

static void
sealed(void)
{
	struct err e;
	char seen[64];

	reads(BEGIN, "B!cut_off");
	reads(BEGIN "{}\n", "BR!cut_off");
	/* half a line is cut off, whatever it would be */
	reads(BEGIN "{}\n{\"a", "BR!cut_off");
	reads(BEGIN "{}\n{}", "BR!cut_off");
	reads(BEGIN "{}\n{\"$nf\":\"ma", "BR!cut_off");
	reads(BEGIN "{}\n{\"$nf\":\"end\",\"rec", "BR!cut_off");
	reads(BEGIN "{\"$nf\":\"end\",\"records\":0,\"crc32c\":\"00000000\"}",
	    "B");
	reads(BEGIN "{\"$nf\":\"mark\",\"cursor\":{\"a\":1}}\n{}\n",
	    "BMR!cut_off");
	reads(BEGIN "{\"$nf\":\"mark\",\"cursor\":1}\n", "B!bad_control");
	reads(BEGIN "{\"$nf\":\"what\"}\n", "B!bad_control");
	reads(BEGIN BEGIN, "B!bad_control");
	/* A begin line that is cut off is no worse than any other. */
	reads("{\"$nf\":\"begin\",\"v\":1,", "!cut_off");
	reads("{\"$n", "!cut_off");
	reads("{\"$x", "R");
	reads("{\"$nf\":\"begin\",\"v\":1,\"run\":\"\",\"source\":\"\","
	    "\"at\":1,\"from\":null,\"before\":-1}\n", "!bad_control");
	reads("{\"$nf\":\"begin\",\"v\":2,\"run\":\"\",\"at\":1,"
	    "\"from\":null}\n", "!bad_control");
	reads(BEGIN "{\"$nf\":\"end\",\"records\":0,\"crc32c\":\"00000000\"}\n"
	    "\n{}\n", "B!bad_control");
	reads(BEGIN "{}\n{\"$nf\":\"end\",\"records\":1,\"crc32c\":"
	    "\"00000000\"}\n", "BR!bad_seal");
	reads(BEGIN "{}\n{}\n{\"$nf\":\"end\",\"records\":1,\"crc32c\":"
	    "\"00000000\"}\n", "BRR!bad_seal");
	walk(BEGIN, strlen(BEGIN), seen, &e);
	CHECK_INT(e.class, ERR_TEMP);
	CHECK_INT(e.cause, ERR_UPSTREAM);
}

/* What stream_out writes, stream_read takes. */
static void
round_trip(void)
{
	struct stream_begin b;
	struct stream_out o;
	struct stream_item item;
	struct stream *s;
	struct err e = { 0 };
	char big[300];
	FILE *f = tmpfile();
	int i;

	stream_begin_init(&b);
	(void)strcpy(b.run, "run \"1\"");
	(void)strcpy(b.source, "ab");
	b.at = 1795456800000000;
	b.share = true;
	b.before = 7;
	stream_out_init(&o, fileno(f));
	CHECK_INT(stream_out_begin(&o, &b, &e), 0);
	memset(big, '7', sizeof(big));
	for (i = 0; i < 3000; i++)
		CHECK_INT(stream_out_record(&o, big, sizeof(big), &e), 0);
	CHECK_INT(stream_out_mark(&o, "{\"p\":2}", 7, &e), 0);
	CHECK_INT(stream_out_lines(&o, "1\n2\n", 4, 2, &e), 0);
	CHECK_INT(stream_out_end(&o, NULL, &e), 0);
	CHECK_INT(stream_out_record(&o, "{\"$nf\":1}", 9, &e), -1);
	CHECK_STR(e.code, "looks_like_control");
	err_clear(&e);
	CHECK(lseek(fileno(f), 0, SEEK_SET) == 0);
	s = stream_open(fileno(f), MAX_LINE, &e);
	CHECK_INT(stream_read(s, &item, &e), 0);
	CHECK_INT(item.kind, STREAM_BEGIN);
	CHECK_STR(stream_head(s)->run, "run \"1\"");
	CHECK_STR(stream_head(s)->source, "ab");
	CHECK_INT(stream_head(s)->at, 1795456800000000);
	CHECK_MEM(stream_head(s)->from.data, stream_head(s)->from.len, "null");
	CHECK(!stream_begin_resumes(stream_head(s)));
	for (i = 0; i < 3000; i++)
		CHECK(stream_read(s, &item, &e) == 0 &&
		    item.kind == STREAM_RECORD && item.len == sizeof(big));
	CHECK_INT(stream_read(s, &item, &e), 0);
	CHECK_INT(item.kind, STREAM_MARK);
	CHECK_MEM(item.line, item.len, "{\"p\":2}");
	for (i = 0; i < 3; i++)
		CHECK_INT(stream_read(s, &item, &e), 0);
	CHECK_INT(item.kind, STREAM_EOF);
	CHECK_UINT(stream_records(s), o.records);
	CHECK_UINT(stream_place(s), 7 + o.records);
	CHECK_UINT(stream_crc32c(s), o.crc32c);
	CHECK_UINT(stream_bytes(s), o.bytes);
	buf_reset(&b.from);
	buf_puts(&b.from, "{\"p\":2}");
	CHECK(stream_begin_resumes(&b));
	stream_free(s);
	stream_out_free(&o);
	stream_begin_free(&b);
}

/* What has no seal has a CRC if it is asked for, the same for any line end. */
static void
sums(const char *text, bool asked, uint32_t want)
{
	struct stream_item item = { .kind = STREAM_RECORD };
	struct err e = { 0 };
	struct stream *s = stream_open(input(text, strlen(text)), MAX_LINE, &e);

	if (asked)
		stream_sum(s, STREAM_SUM);
	while (item.kind != STREAM_EOF && stream_read(s, &item, &e) == 0)
		;
	CHECK_UINT(stream_crc32c(s), want);
	stream_free(s);
}

static void
sums_of_plain(void)
{
	uint32_t want = crc32c_update(0, "{}\n[1]\n", 7);

	sums("{}\n[1]\n", true, want);
	sums("{}\r\n[1]", true, want);
	sums("\n{}\n\n[1]\r\n", true, want);
	sums("{}\n[1]\n", false, 0);
}

int
main(void)
{

	TEST(plain);
	TEST(limits);
	TEST(sealed);
	TEST(round_trip);
	TEST(sums_of_plain);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/stream/reject.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/report/metrics.h"
#include "tests/unit/check.h"

static char path[4096];

static struct reject_entry
entry(const char *record, size_t len)
{
	struct reject_entry n = { .tool = "nf-x", .code = "bad_x",
		.message = "not an x", .pointer = "/a/0", .line = 7,
		.record = record, .len = len };

	return (n);
}

/* Refuse ${n} records under ${limit}, of ${records}; the code of the end. */
static const char *
refuse(const char *limit, int n, uint64_t records, struct err *e)
{
	struct reject *r;
	struct reject_entry x = entry("{}", 2);
	int i, rc = 0;

	memset(e, 0, sizeof(*e));
	if ((r = reject_open(path, limit, e)) == NULL)
		return ("open");
	for (i = 0; i < n && rc == 0; i++)
		rc = reject_write(r, &x, e);
	CHECK_UINT(reject_count(r), i);
	rc = reject_close(r, records, rc == 0, e);
	return (e->class == ERR_NONE && rc == 0 ? "" : e->code);
}

static void
check_file(const char *want)
{
	struct buf b;
	struct err e = { 0 };

	buf_init(&b, 1 << 20);
	CHECK_INT(io_slurp(path, 1 << 20, &b, &e), 0);
	CHECK_MEM(b.data, b.len, want);
	buf_free(&b);
}

static void
test_entry(void)
{
	struct err e = { 0 };
	struct reject *r = reject_open(path, NULL, &e);
	struct reject_entry n = entry("{\"a\":\"\xc3\xa9\"}", 10);
	struct stat st;

	CHECK(r != NULL);
	CHECK_INT(reject_write(r, &n, &e), 0);
	n = entry("\xff\n", 2);
	n.pointer = NULL;
	n.source = "run-1";
	CHECK_INT(reject_write(r, &n, &e), 0);
	CHECK_INT(access(path, F_OK), -1); /* not before the end */
	CHECK_INT(reject_close(r, 2, 1, &e), 0);
	check_file("{\"tool\":\"nf-x\",\"code\":\"bad_x\","
	    "\"message\":\"not an x\",\"pointer\":\"/a/0\",\"source\":null,"
	    "\"line\":7,\"record\":\"{\\\"a\\\":\\\"\xc3\xa9\\\"}\"}\n"
	    "{\"tool\":\"nf-x\",\"code\":\"bad_x\","
	    "\"message\":\"not an x\",\"pointer\":null,\"source\":\"run-1\","
	    "\"line\":7,\"record\":\"/wo=\",\"encoding\":\"base64\"}\n");
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	unlink(path);
}

/* A long record is cut between two characters, and its length told. */
static void
test_cut(void)
{
	struct err e = { 0 };
	struct reject *r = reject_open(path, NULL, &e);
	size_t len = 65536 + 10, i;
	char *p = malloc(len), *want;
	struct reject_entry n;

	for (i = 0; i + 2 <= len; i += 2)
		memcpy(p + i, "\xc3\xa9", 2);
	p[0] = p[1] = 'x';
	n = entry(p + 1, len - 1); /* 65536 falls inside a character */
	CHECK_INT(reject_write(r, &n, &e), 0);
	CHECK_INT(reject_close(r, 1, 1, &e), 0);
	CHECK(asprintf(&want, "{\"tool\":\"nf-x\",\"code\":\"bad_x\","
	    "\"message\":\"not an x\",\"pointer\":\"/a/0\",\"source\":null,"
	    "\"line\":7,\"record\":\"%.*s\",\"record_bytes\":65545}\n", 65535,
	    p + 1) > 0);
	check_file(want);
	free(want);
	free(p);
	unlink(path);
}

static void
test_limits(void)
{
	struct err e;

	CHECK_STR(refuse(NULL, 5, 5, &e), "");
	CHECK_STR(refuse("5", 5, 5, &e), "");
	CHECK_STR(refuse("0", 0, 5, &e), "");
	check_file("");
	unlink(path);
	CHECK_STR(refuse("2", 5, 9, &e), "too_many_rejects");
	CHECK_INT(e.class, ERR_DATA);
	CHECK_STR(e.msg, "line 7: more than 2 rejects");
	CHECK_INT(access(path, F_OK), 0); /* kept: it says why */
	CHECK_STR(refuse("0", 1, 9, &e), "too_many_rejects");
	CHECK_STR(refuse("10%", 1, 10, &e), "");
	CHECK_STR(refuse("10%", 2, 19, &e), "too_many_rejects");
	CHECK_STR(e.msg, "2 of 19 records were rejected");
	CHECK_INT(access(path, F_OK), 0);
	CHECK_STR(refuse("0.5%", 1, 200, &e), "");
	CHECK_STR(refuse("0.5%", 1, 199, &e), "too_many_rejects");
	CHECK_STR(refuse("100%", 3, 3, &e), "");
	unlink(path);
}

static void
test_usage(void)
{
	static const char *const bad[] = { "", "x", "5x", "101%", "100.1%",
		"1.%%", "-1", "5 %", "99999999999999999999", "0.00001%" };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_STR(refuse(bad[i], 0, 0, &e), "open");
		CHECK_INT(e.class, ERR_USAGE);
	}
	memset(&e, 0, sizeof(e));
	CHECK(reject_open(NULL, "5", &e) == NULL);
	CHECK_INT(e.class, ERR_USAGE);
	memset(&e, 0, sizeof(e));
	CHECK(reject_open("/nonexistent/x", NULL, &e) == NULL);
	CHECK_INT(e.class, ERR_IO);
}

/* No file: the first reject is the error of the run. */
static void
test_none(void)
{
	struct err e = { 0 };
	struct reject *r = reject_open(NULL, NULL, &e);
	struct reject_entry n = entry("{}", 2);

	CHECK_INT(reject_write(r, &n, &e), -1);
	CHECK_INT(e.class, ERR_DATA);
	CHECK_STR(e.code, "bad_x");
	CHECK_STR(e.msg, "line 7: /a/0: not an x");
	CHECK_UINT(reject_count(r), 1);
	CHECK_INT(reject_close(r, 1, 0, &e), 0);
	CHECK_INT(reject_close(NULL, 0, 1, &e), 0);
}

/* A run that failed leaves the file of the run before as it was. */
static void
test_drop(void)
{
	struct err e = { 0 };
	struct reject *r;
	struct reject_entry n = entry("{}", 2);

	CHECK_INT(io_replace(path, "old", 3, &e), 0);
	r = reject_open(path, NULL, &e);
	CHECK_INT(reject_write(r, &n, &e), 0);
	CHECK_INT(reject_close(r, 1, 0, &e), 0);
	check_file("old");
	unlink(path);
}

/* By reason; a code is made a label, and there are not too many. */
static void
test_tell(void)
{
	struct err e = { 0 };
	struct reject *r = reject_open(path, NULL, &e);
	struct reject_entry n = entry("{}", 2);
	struct metrics *m = metrics_new();
	struct buf b;
	char code[80];
	int i;

	buf_init(&b, 1 << 20);
	reject_tell(NULL, m, &b);
	reject_tell(r, m, &b);
	metrics_text(m, "nf-x", &b);
	CHECK_UINT(b.len, 0);
	for (i = 0; i < 3; i++)
		CHECK_INT(reject_write(r, &n, &e), 0);
	n.code = "a\"b\\C";
	CHECK_INT(reject_write(r, &n, &e), 0);
	reject_tell(r, m, &b);
	CHECK_MEM(b.data, b.len, "\"rejects\":{\"bad_x\":3,\"a_b_c\":1}");
	buf_reset(&b);
	metrics_text(m, "nf-x", &b);
	CHECK_MEM(b.data, b.len,
	    "# HELP nf_rejects_total Records refused, by reason.\n"
	    "# TYPE nf_rejects_total counter\n"
	    "nf_rejects_total{tool=\"nf-x\",reason=\"bad_x\"} 3\n"
	    "nf_rejects_total{tool=\"nf-x\",reason=\"a_b_c\"} 1\n");
	n.code = code;
	for (i = 0; i < 40; i++) {
		snprintf(code, sizeof(code), "%066d", i);
		snprintf(code, 4, "%03u", (unsigned)i % 1000);
		code[3] = '0';
		CHECK_INT(reject_write(r, &n, &e), 0);
	}
	buf_reset(&b);
	reject_tell(r, m, &b);
	CHECK(strstr((const char *)b.data, "\"other\":10}") != NULL);
	CHECK_INT(reject_close(r, 1, 0, &e), 0);
	buf_free(&b);
	metrics_free(m);
}

int
main(void)
{
	const char *dir = getenv("TMPDIR");
	char own[] = "/tmp/test_reject.XXXXXX";

	if (dir == NULL)
		dir = mkdtemp(own);
	snprintf(path, sizeof(path), "%s/reject", dir);
	TEST(test_entry);
	TEST(test_cut);
	TEST(test_limits);
	TEST(test_usage);
	TEST(test_none);
	TEST(test_drop);
	TEST(test_tell);
	return (check_done());
}

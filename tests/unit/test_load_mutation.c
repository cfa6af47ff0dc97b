/* SPDX-License-Identifier: Apache-2.0 */
#include "load/mutation.h"

#include "check.h"
#include "lib/base/err.h"

static struct mutation m;
static struct err e;

/* Parse ${text} with ts 7 and table "t" as defaults if ${defaults}. */
static int
parse(const char *text, int defaults)
{
	static struct buf b;
	struct mutation_defaults d = { { NULL, 0 }, MUTATION_NO_TS };

	if (defaults) {
		d.table = bytes_of("t");
		d.ts = 7;
	}
	err_clear(&e);
	if (b.max == 0)
		buf_init(&b, 1U << 24);
	buf_reset(&b);
	buf_puts(&b, text);
	buf_reserve(&b, SCAN_PAD);
	return (mutation_parse(&m, b.data, b.len, &d, &e));
}

#define REFUSED(text, code_, at)                                               \
	do {                                                                   \
		CHECK_INT(parse((text), 0), -1);                               \
		CHECK_INT(e.class, ERR_DATA);                                  \
		CHECK_STR(e.code, code_);                                      \
		CHECK_STR(m.pointer, at);                                      \
	} while (0)

#define MEM(b, want) CHECK_MEM((b).p, (b).n, want)

static void
test_grouped(void)
{

	CHECK_INT(parse("{\"table\":\"inv\",\"row\":\"5\\u0030\",\"ts\":12,"
	    "\"cells\":{\"nf\":{\"a\":\"x\\ny\",\"\":null,\"n\":9.00},"
	    "\"g\":{\"b\":{\"base64\":\"/wA=\"},"
	    "\"i\":{\"int64\":\"-2\"}}}}", 0), 0);
	MEM(m.table, "inv");
	MEM(m.row, "50");
	CHECK_UINT(m.ncells, 5);
	MEM(m.cell[0].family, "nf");
	MEM(m.cell[0].qualifier, "a");
	MEM(m.cell[0].value, "x\ny");
	CHECK_INT(m.cell[0].ts, 12);
	CHECK_UINT(m.cell[1].qualifier.n, 0);
	CHECK_UINT(m.cell[1].value.n, 0);
	MEM(m.cell[2].value, "9.00");
	MEM(m.cell[3].family, "g");
	CHECK(m.cell[3].value.n == 2 &&
	    memcmp(m.cell[3].value.p, "\377\0", 2) == 0);
	CHECK(m.cell[4].value.n == 8 && memcmp(m.cell[4].value.p,
	    "\377\377\377\377\377\377\377\376", 8) == 0);
}

static void
test_general(void)
{

	CHECK_INT(parse("{\"row\":{\"base64\":\"AP8=\"},\"cells\":["
	    "{\"family\":\"f\",\"qualifier\":{\"base64\":\"AQ==\"},"
	    "\"value\":\"v\",\"ts\":5},"
	    "{\"family\":\"f\",\"qualifier\":\"q\",\"value\":"
	    "{\"delete\":\"column\"}},"
	    "{\"family\":\"f\",\"qualifier\":\"r\",\"value\":1}]}", 1), 0);
	MEM(m.table, "t");
	CHECK(m.row.n == 2 && memcmp(m.row.p, "\0\377", 2) == 0);
	CHECK_INT(m.cell[0].ts, 5);
	CHECK(m.cell[1].delete);
	CHECK_INT(m.cell[2].ts, 7);
	CHECK_INT(parse("{\"row\":\"a\",\"cells\":{\"f\":{\"a\":"
	    "{\"int64\":\"\\u0031\\u0030\"},\"b\":{\"int64\":3}}}}", 1), 0);
	CHECK(m.cell[0].value.n == 8 && memcmp(m.cell[0].value.p,
	    "\0\0\0\0\0\0\0\n", 8) == 0);
	CHECK(m.cell[1].value.n == 8 && m.cell[1].value.p[7] == 3);
	CHECK_INT(parse("{\"row\":\"a\",\"delete\":true}", 1), 0);
	CHECK(m.delete);
	CHECK_UINT(m.ncells, 0);
}

static void
test_refused(void)
{
	static const char *const tables[] = {
		"_a-Z.012345678901234567890123456789012345678901234",
		"_a-Z.0123456789012345678901234567890123456789012345",
		"a\\u0000", "a/b", ".a", "-a", "a b", "\xc3\xa9" };
	char text[256];
	size_t i;

	REFUSED("[]", "bad_mutation", "");
	REFUSED("{\"row\":\"a\"", "bad_json", "");
	REFUSED("{\"table\":\"t\",\"cells\":{\"f\":{\"q\":1}}}", "no_row",
	    "/row");
	REFUSED("{\"row\":\"a\",\"cells\":{\"f\":{\"q\":1}}}", "no_table",
	    "/table");
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"table\":\"%s\","
		    "\"row\":\"a\",\"ts\":1,\"cells\":{\"f\":{\"q\":1}}}",
		    tables[i]);
		if (i == 0)
			CHECK_INT(parse(text, 0), 0);
		else
			REFUSED(text, "bad_table", "/table");
	}
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"cells\":{\"f\":{\"q\":1}}}",
	    "no_ts", "/ts");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":-1,\"cells\":{}}",
	    "bad_ts", "/ts");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1.5,\"cells\":{}}",
	    "bad_ts", "/ts");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":9223372036854775808}",
	    "bad_ts", "/ts");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":{}}",
	    "no_cells", "/cells");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":"
	    "{\"f\":{\"a/b\":true}}}", "bad_value", "/cells/f/a~1b");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":"
	    "{\"f g\":{\"q\":1}}}", "bad_family", "/cells/f g");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":"
	    "[{\"family\":\"f\",\"value\":1}]}", "bad_mutation", "/cells/0");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":["
	    "{\"family\":\"f\",\"qualifier\":\"q\",\"value\":1},"
	    "{\"family\":\"f\",\"qualifier\":\"q\",\"value\":2}]}",
	    "dup_cell", "/cells");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"x\":2}",
	    "bad_mutation", "/x");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":"
	    "{\"f\":{\"q\":{\"int64\":\"9223372036854775808\"}}}}",
	    "bad_value", "/cells/f/q");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"ts\":1,\"cells\":"
	    "{\"f\":{\"q\":{\"base64\":\"?\"}}}}", "bad_value",
	    "/cells/f/q");
	REFUSED("{\"table\":\"t\",\"row\":\"a\",\"delete\":true,"
	    "\"cells\":{}}", "bad_mutation", "/cells");
}

static void
test_limits(void)
{
	static char text[40000];
	size_t n;

	n = (size_t)sprintf(text, "{\"table\":\"t\",\"ts\":1,\"row\":\"");
	memset(text + n, 'k', BIGTABLE_MAX_KEY + 1);
	strcpy(text + n + BIGTABLE_MAX_KEY,
	    "\",\"cells\":{\"f\":{\"q\":1}}}");
	CHECK_INT(parse(text, 0), 0);
	memset(text + n, 'k', BIGTABLE_MAX_KEY + 1);
	strcpy(text + n + BIGTABLE_MAX_KEY + 1,
	    "\",\"cells\":{\"f\":{\"q\":1}}}");
	REFUSED(text, "row_too_long", "/row");
	n = (size_t)sprintf(text, "{\"table\":\"t\",\"ts\":1,\"row\":\"r\","
	    "\"cells\":{\"f\":{\"");
	memset(text + n, 'q', BIGTABLE_MAX_QUALIFIER + 1);
	strcpy(text + n + BIGTABLE_MAX_QUALIFIER + 1, "\":1}}}");
	CHECK_INT(parse(text, 0), -1);
	CHECK_STR(e.code, "qualifier_too_long");
}

int
main(void)
{

	mutation_init(&m);
	TEST(test_grouped);
	TEST(test_general);
	TEST(test_refused);
	TEST(test_limits);
	mutation_free(&m);
	return (check_done());
}

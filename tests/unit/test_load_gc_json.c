/* SPDX-License-Identifier: Apache-2.0 */
#include "load/gc_json.h"

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "load/schema.h"

#define DAY ((uint64_t)86400)

/* Read ${text}: it is written as ${same}, and collects from ${age} on. */
static void
reads(const char *text, const char *same, uint64_t age)
{
	struct gc_rule g = { 0 }, copy = { 0 };
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 4096);
	CHECK_INT(gc_json_parse(text, &g, &e), 0);
	gc_json_write(&g, &b);
	CHECK_STR(buf_cstr(&b), same);
	CHECK_UINT(schema_gc_max_age(&g), age);
	CHECK_INT(gc_json_parse(same, &copy, &e), 0);
	CHECK(schema_gc_equal(&g, &copy));
	schema_gc_free(&g);
	CHECK_INT(schema_gc_equal(&g, &copy), copy.kind == GC_NONE);
	schema_gc_free(&copy);
	buf_free(&b);
}

static void
refuses(const char *text, const char *why)
{
	struct gc_rule g = { 0 };
	struct err e = { 0 };

	CHECK_INT(gc_json_parse(text, &g, &e), -1);
	CHECK_INT(e.class, ERR_CONFIG);
	CHECK_STR(e.msg, why);
	schema_gc_free(&g);
}

static void
ages(void)
{
	uint64_t s = 0;

	CHECK_INT(gc_json_age("90s", &s), 0);
	CHECK_UINT(s, 90);
	CHECK_INT(gc_json_age("36h", &s), 0);
	CHECK_UINT(s, 36 * 3600);
	CHECK_INT(gc_json_age("36600d", &s), 0);
	CHECK_INT(gc_json_age("36601d", &s), -1);
	CHECK_INT(gc_json_age("0d", &s), -1);
	CHECK_INT(gc_json_age("30", &s), -1);
	CHECK_INT(gc_json_age("d", &s), -1);
	CHECK_INT(gc_json_age("1dd", &s), -1);
	CHECK_INT(gc_json_age("1y", &s), -1);
	CHECK_INT(gc_json_age("9999999999999999999d", &s), -1);
}

int
main(void)
{

	reads("{}", "{}", 0);
	reads("{\"versions\":2}", "{\"versions\":2}", 0);
	reads("{\"age\":\"2d\"}", "{\"age\":\"172800s\"}", 2 * DAY);
	/* A union collects what any rule would, an intersection what all. */
	reads("{\"union\":[{\"versions\":1},{\"age\":\"3s\"},{\"age\":\"2s\"}]}",
	    "{\"union\":[{\"versions\":1},{\"age\":\"3s\"},{\"age\":\"2s\"}]}",
	    2);
	reads("{\"intersection\":[{\"age\":\"3s\"},{\"age\":\"2s\"}]}",
	    "{\"intersection\":[{\"age\":\"3s\"},{\"age\":\"2s\"}]}", 3);
	reads("{\"intersection\":[{\"age\":\"3s\"},{\"versions\":1}]}",
	    "{\"intersection\":[{\"age\":\"3s\"},{\"versions\":1}]}", 0);
	refuses("[", "gc: not JSON");
	refuses("[]", "gc: expected an object with versions, age, union "
	    "or intersection");
	refuses("{\"union\":[{}]}",
	    "gc: expected one of versions, age, union, "
	    "intersection");
	refuses("{\"union\":[{\"versions\":1},{\"age\":\"x\"}]}",
	    "gc: age: not a time such as \"30d\"");
	refuses("{\"versions\":2147483648}",
	    "gc: versions: not a number from 1");
	TEST(ages);
	return (check_done());
}

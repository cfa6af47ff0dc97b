/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cli/opt.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/cli/usage.h"

static const char *const colours[] = { "red", "blue", NULL };

static struct values {
	bool flag;
	const char *text;
	uint64_t number, size, duration;
	int colour, count;
	struct opt_list list;
} got;

static const struct opt table[] = {
	{ .kind = OPT_GROUP, .help = "Things" },
	{ .kind = OPT_FLAG, .letter = 'f', .name = "flag", .at = offsetof(struct
	    values, flag), .help = "a flag" },
	{ .kind = OPT_STRING, .letter = 't', .name = "text", .arg = "TEXT",
	    .at = offsetof(struct values, text), .env = "NF_TEST_TEXT", .help =
	    "a text" },
	{ .kind = OPT_NUMBER, .name = "number", .arg = "N", .at =
	    offsetof(struct values, number),
	    .min = 2, .max = 50, .help = "a number" },
	{ .kind = OPT_SIZE, .name = "size", .arg = "BYTES", .at =
	    offsetof(struct values, size),
	    .min = 1024, .max = (1ULL << 30) - (1 << 20), .help = "a size" },
	{ .kind = OPT_DURATION, .name = "time", .arg = "TIME",
	    .at = offsetof(struct values, duration), .max = INT32_MAX, .help =
	    "a time" },
	{ .kind = OPT_CHOICE, .name = "colour", .arg = "red|blue",
	    .at = offsetof(struct values, colour), .choices = colours, .help =
	    "a colour" },
	{ .kind = OPT_LIST, .name = "item", .arg = "ITEM", .at = offsetof(struct
	    values, list), .help = "an item" },
	{ .kind = OPT_COUNT, .letter = 'v', .name = "verbose", .at =
	    offsetof(struct values, count), .help = "more" },
};
static const struct opt_rows rows = OPT_ROWS(table);

/* Parse the words of ${line}; store the error, return the result. */
static int
parse(const char *line, int *operands, struct err *e)
{
	static char copy[256];
	struct opt_table t;
	char *argv[32];
	int argc = 0, first = 0, rc;
	char *p;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	argv[argc++] = copy;
	for (p = copy; *p != '\0'; p++)
		if (*p == ' ') {
			*p = '\0';
			argv[argc++] = p + 1;
		}
	argv[argc] = NULL;
	optind = 0;
	memset(e, 0, sizeof(*e));
	opt_init(&t);
	opt_add(&t, &rows, &got);
	rc = opt_parse(&t, argc, argv, &first, e);
	if (operands != NULL)
		*operands = argc - first;
	return (rc);
}

static void
refuses(const char *line, const char *message)
{
	struct err e;

	CHECK_INT(parse(line, NULL, &e), -1);
	CHECK_INT(e.class, ERR_USAGE);
	CHECK_STR(e.msg, message);
}

static void
values(void)
{
	struct err e;
	int operands;

	CHECK_INT(parse("x one -f -tabc --number 50 --size=3K two --time 5m "
	    "--colour blue --item a --item=b -vv -- -f", &operands, &e), 0);
	CHECK(got.flag);
	CHECK_STR(got.text, "abc");
	CHECK_UINT(got.number, 50);
	CHECK_UINT(got.size, 3072);
	CHECK_UINT(got.duration, 300000);
	CHECK_INT(got.colour, 1);
	CHECK_INT(got.count, 2);
	CHECK_UINT(got.list.n, 2);
	CHECK_STR(got.list.item[1], "b");
	CHECK_INT(operands, 3);
	opt_list_free(&got.list);
}

static int
operand(char **argv)
{
	struct opt_table t;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	opt_init(&t);
	opt_add(&t, &rows, &got);
	return (opt_operand(&t, argc, argv));
}

static void
operands(void)
{

	CHECK_INT(operand((char *[]){ "x", "a", "-f", NULL }), 1);
	CHECK_INT(operand((char *[]){ "x", "-f", "-t", "a", "b", "c", NULL }),
	    4);
	CHECK_INT(operand((char *[]){ "x", "-fta", "--num", "7", "b", NULL }),
	    4);
	CHECK_INT(operand((char *[]){ "x", "--text=a", "--", "-b", NULL }), 3);
	CHECK_INT(operand((char *[]){ "x", "-f", NULL }), -1);
	CHECK_INT(operand((char *[]){ "x", "-Z", "a", NULL }), -1);
	CHECK_INT(operand((char *[]){ "x", "-t", NULL }), -1);
	CHECK(!got.flag);
}

static void
mistakes(void)
{

	refuses("x --numbr 3", "unknown option --numbr; did you mean "
	    "--number?");
	refuses("x --zzzzzz", "unknown option --zzzzzz; see --help");
	refuses("x -Z", "unknown option -Z; see --help");
	refuses("x --number", "--number: needs an argument");
	refuses("x --number 1", "--number: \"1\" is not a number from 2 to 50");
	refuses("x --number -3",
	    "--number: \"-3\" is not a number from 2 to 50");
	refuses("x --number 3x",
	    "--number: \"3x\" is not a number from 2 to 50");
	refuses("x --size 20G", "--size: \"20G\" is over 1023M");
	refuses("x --size 1", "--size: \"1\" is under 1K");
	refuses("x --size big",
	    "--size: \"big\" is not a size such as 500, 64K, "
	    "10M (at most 1023M)");
	refuses("x --time abc", "--time: \"abc\" is not a time such as 250ms, "
	    "30s, 5m (at most 24d)");
	refuses("x --time 25d", "--time: \"25d\" is over 24d");
	refuses("x --colour green", "--colour: must be one of red|blue");
	refuses("x -f --flag", "--flag: given twice");
}

/* What is said of an unknown option: only what may be meant. */
static void
guesses(void)
{

	refuses("x --t", "--t is ambiguous: --text, --time");
	refuses("x --t=1", "--t is ambiguous: --text, --time");
	refuses("x --flag=1", "--flag: takes no argument");
	refuses("x --tex=1 --fla=1", "--flag: takes no argument");
	refuses("x --itm", "unknown option --itm; did you mean --item?");
	refuses("x --=", "unknown option --=; see --help");
	refuses("x --foo", "unknown option --foo; see --help");
	refuses("x --site=1", "unknown option --site=1; did you mean --size?");
	refuses("x --sort", "unknown option --sort; see --help");
	refuses("x --colt", "unknown option --colt; see --help");
	refuses("x --secret", "unknown option --secret; see --help");
}

static void
verbs(void)
{
	static const char *const known[] = { "put", "cat", "verify" };
	struct err e = { 0 };

	CHECK_INT(opt_no_verb("gs://b/r", known, 3, &e), 0);
	CHECK_INT(opt_no_verb("./r", known, 3, &e), 0);
	CHECK_INT(opt_no_verb("-", known, 3, &e), 0);
	CHECK_INT(opt_no_verb("verfy", known, 3, &e), -1);
	CHECK_INT(e.class, ERR_USAGE);
	CHECK_STR(e.msg, "verfy: no such verb; did you mean verify?");
	err_clear(&e);
	CHECK_INT(opt_no_verb("remove", known, 3, &e), -1);
	CHECK_STR(e.msg, "remove: no such verb; see --help");
}

static void
misplaced(void)
{
	static struct { bool one, two, three; } flags;
	static const struct opt some[] = {
		{ .kind = OPT_FLAG, .name = "one", .at = 0, .verbs = 1 },
		{ .kind = OPT_FLAG, .name = "two", .at = 1, .verbs = 2 },
		{ .kind = OPT_FLAG, .name = "three", .at = 2 }
	};
	static const struct opt_rows few = OPT_ROWS(some);
	char *line[] = { "x", "--three", "--two", "y", NULL };
	struct opt_table t;
	struct err e = { 0 };
	int first;

	opt_init(&t);
	opt_add(&t, &few, &flags);
	optind = 0;
	CHECK_INT(opt_parse(&t, 4, line, &first, &e), 0);
	CHECK(opt_misplaced(&t, 1) == &some[1]);
	CHECK(opt_misplaced(&t, 2) == NULL);
	CHECK(!flags.one && flags.two && flags.three);
}

static void
environment(void)
{
	struct err e;

	CHECK_INT(setenv("NF_TEST_TEXT", "from outside", 1), 0);
	CHECK_INT(parse("x", NULL, &e), 0);
	CHECK_STR(got.text, "from outside");
	CHECK_INT(parse("x --text given", NULL, &e), 0);
	CHECK_STR(got.text, "given");
}

/* Help that is longer than a line goes on below where it began. */
static void
wrapped(void)
{
	static const struct opt row = { .kind = OPT_STRING, .name = "long",
		.arg = "SOMETHING-THAT-IS-LONG",
		.at = offsetof(struct values, text),
		.help = "a text of more than fifty characters, which is what "
		"stands on a line" };
	static const struct opt_rows one = { &row, 1 };
	struct opt_table t;
	struct buf b;

	opt_init(&t);
	opt_add(&t, &one, &got);
	buf_init(&b, 10000);
	usage_text(&t, &(struct usage){ .synopsis = "x" }, &b);
	CHECK_STR(buf_cstr(&b), "x\n      --long SOMETHING-THAT-IS-LONG\n"
	    "                              a text of more than fifty "
	    "characters, which is\n"
	    "                              what stands on a line\n");
	buf_free(&b);
}

static void
usage(void)
{
	struct opt_table t;
	struct buf b;

	opt_init(&t);
	opt_add(&t, &rows, &got);
	buf_init(&b, 10000);
	got.number = 7;
	got.size = 3 << 20;
	got.duration = 90000;
	got.colour = 1;
	usage_text(&t, &(struct usage){ .synopsis =
	    "usage: x [options]" }, &b);
	CHECK(strstr(buf_cstr(&b), "a number (default 7)\n") != NULL);
	CHECK(strstr(buf_cstr(&b), "a size (default 3M)\n") != NULL);
	CHECK(strstr(buf_cstr(&b), "a time (default 90s)\n") != NULL);
	CHECK(strstr(buf_cstr(&b), "a colour (default blue)\n") != NULL);
	got.number = 0; /* out of range: not given */
	buf_reset(&b);
	usage_text(&t, &(struct usage){ .synopsis =
	    "usage: x [options]" }, &b);
	CHECK(strstr(buf_cstr(&b), "a number\n") != NULL);
	CHECK(strstr(buf_cstr(&b), "usage: x [options]\n\nThings:\n"
	    "  -f, --flag                  a flag\n") != NULL);
	CHECK(strstr(buf_cstr(&b), "[$NF_TEST_TEXT]\n") != NULL);
	buf_free(&b);
}

int
main(void)
{

	TEST(operands);
	TEST(values);
	TEST(mistakes);
	TEST(guesses);
	TEST(verbs);
	TEST(misplaced);
	TEST(environment);
	TEST(usage);
	TEST(wrapped);
	return (check_done());
}

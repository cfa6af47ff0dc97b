/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/cli/app.h"
#include "lib/stream/ndjson.h"

static const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help = "Records to rows" },
	{ .kind = OPT_STRING, .letter = 'm', .name = "mapping",
	    .arg = "FILE|NAME", OPT_AT(mapping),
	    .help = "the mapping, nf-mapping(5): a file, or an installed "
	    "one such as nf-wide" },
	{ .kind = OPT_STRING, .name = "ts", .arg = "MICROS|now",
	    OPT_AT(ts), .help = "timestamp of the cells; default: the "
	    "start of the sealed run" },
	{ .kind = OPT_STRING, .name = "source", .arg = "NAME",
	    OPT_AT(source), .help = "where the records come from, for "
	    "$source and the rejects; default: the run ID" },
	{ .kind = OPT_STRING, .name = "reject", .arg = "FILE",
	    OPT_AT(reject), .help = "write rejected records to FILE and "
	    "continue" },
	{ .kind = OPT_STRING, .name = "max-rejects", .arg = "N|P%",
	    OPT_AT(max_rejects), .help = "exit 65 if more are rejected" },
	{ .kind = OPT_STRING, .name = "part", .arg = "N/M",
	    OPT_AT(part), .help = "the input is this share of a "
	    "run, as printed by nf-stage cat --part" },
	{ .kind = OPT_FLAG, .name = "no-seal", OPT_AT(no_seal),
	    .help = "do not seal the output of a sealed input" },
	{ .kind = OPT_NUMBER, .letter = 'j', .name = "jobs",
	    .arg = "N", OPT_AT(jobs), .min = 1, .max = 64,
	    .help = "threads; the output is the same" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    OPT_AT(max_line), .min = 1024,
	    .max = (uint64_t)512 << 20, .help = "maximum length of a record" },
	{ .kind = OPT_GROUP, .help = "Instead of writing rows" },
	{ .kind = OPT_FLAG, .name = "check", OPT_AT(check),
	    .help = "only check the mapping" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(check), .help = "the same" },
	{ .kind = OPT_FLAG, .name = "explain", OPT_AT(explain),
	    .help = "show how records become rows" },
	{ .kind = OPT_FLAG, .name = "key-report", OPT_AT(key_report),
	    .help = "report how the row keys are spread" },
	{ .kind = OPT_FLAG, .name = "coverage", OPT_AT(coverage),
	    .help = "list the members that the mapping does not read" },
	{ .kind = OPT_FLAG, .name = "infer", OPT_AT(infer),
	    .help = "write a first mapping for the records" },
};

const struct opt_rows options_rows[] = { OPT_ROWS(rows), { 0 } };

void
options_init(struct options *o)
{

	*o = (struct options){ .max_line = NDJSON_MAX_LINE, .jobs = 1 };
}

/* --ts: microseconds, but whole milliseconds, as tables store them. */
static int
read_ts(struct options *o, struct err *e)
{
	uint64_t v;

	if (o->ts == NULL)
		return (0);
	if (strcmp(o->ts, "now") == 0) {
		o->ts_micros = clock_micros() / 1000 * 1000;
		return (0);
	}
	if (number_read(o->ts, 0, INT64_MAX, &v) == -1 || v % 1000 != 0)
		return (err_set(e, ERR_USAGE, "--ts: '%s' is not \"now\" or a "
		    "time in microseconds that is a multiple of 1000", o->ts));
	o->ts_micros = (int64_t)v;
	return (0);
}

int
options_check(struct options *o, struct app *app)
{
	struct err *e = &app->err;

	if (app->noperand > 0)
		return (err_set(e, ERR_USAGE, "records are read from stdin, "
		    "there are no operands"));
	if (o->check && (o->infer || o->explain || o->key_report ||
	    o->coverage))
		return (err_set(e, ERR_USAGE, "--check and --dry-run only "
		    "check a mapping: not with --infer, --explain, "
		    "--key-report or --coverage"));
	if (o->infer)
		return (0);
	if (o->mapping == NULL)
		return (err_set(e, ERR_USAGE, "-m MAPPING is missing"));
	if (strcmp(o->mapping, "-") == 0)
		return (err_set(e, ERR_USAGE, "the mapping must be a file: "
		    "stdin has the records"));
	return (read_ts(o, e));
}

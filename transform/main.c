/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "infer.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/cli/app.h"
#include "lib/cli/opt.h"
#include "lib/stream/ndjson.h"
#include "options.h"
#include "run.h"
#include "transform/mapping/compile.h"
#include "transform/mapping/program.h"

#define SYNOPSIS                                                               \
	"nf-transform -m MAPPING [options] < RECORDS > MUTATIONS\n"            \
	"nf-transform -m MAPPING --check\n"                                    \
	"nf-transform -m MAPPING --explain < RECORDS\n"                        \
	"nf-transform -m MAPPING --key-report < RECORDS\n"                     \
	"nf-transform --infer < RECORDS > MAPPING"

/* --ts: microseconds, whole milliseconds, which is what tables keep. */
static int
timestamp(struct options *o, struct err *e)
{
	uint64_t v;

	if (o->ts == NULL)
		return (0);
	if (number_read(o->ts, 0, INT64_MAX, &v) == -1 || v % 1000 != 0)
		return (err_set(e, ERR_USAGE, "--ts: '%s' is no time in "
		    "microseconds that is a multiple of 1000", o->ts));
	o->ts_micros = (int64_t)v;
	return (0);
}

static int
work(struct app *app, struct options *o, int operands)
{
	struct program *prog;
	int rc = 0;

	if (operands > 0)
		return (err_set(&app->err, ERR_USAGE, "records are read from "
		    "stdin, there are no operands"));
	if (o->check && (o->infer || o->explain || o->key_report))
		return (err_set(&app->err, ERR_USAGE, "--check and --dry-run "
		    "only check a mapping: not with --infer, --explain or "
		    "--key-report"));
	if (o->infer)
		return (infer_stream(app, o, &app->err));
	if (o->mapping == NULL)
		return (err_set(&app->err, ERR_USAGE, "-m MAPPING is missing"));
	if (strcmp(o->mapping, "-") == 0)
		return (err_set(&app->err, ERR_USAGE,
		    "the mapping must be a file: stdin has the records"));
	if (timestamp(o, &app->err) == -1 ||
	    (prog = compile_file(o->mapping, &app->err)) == NULL)
		return (-1);
	if (!o->check)
		rc = run_stream(app, o, prog, &app->err);
	program_free(prog);
	return (rc);
}

int
main(int argc, char **argv)
{
	struct options o = { .max_line = NDJSON_MAX_LINE, .jobs = 1 };
	struct app app;
	int code, first;

	app_init(&app, "nf-transform");
	const struct opt table[] = {
		{ .kind = OPT_GROUP, .help = "Records to rows" },
		{ .kind = OPT_STRING, .letter = 'm', .name = "mapping",
		    .arg = "FILE", .var = &o.mapping,
		    .help = "the mapping, nf-mapping(5)" },
		{ .kind = OPT_STRING, .name = "ts", .arg = "MICROS",
		    .var = &o.ts, .help = "timestamp of the cells; without it "
		    "the start of the sealed run" },
		{ .kind = OPT_STRING, .name = "source", .arg = "NAME",
		    .var = &o.source, .help = "where the records come from: "
		    "$source and the rejects; default: the run id" },
		{ .kind = OPT_STRING, .name = "reject", .arg = "FILE",
		    .var = &o.reject, .help = "put refused records there and "
		    "go on" },
		{ .kind = OPT_STRING, .name = "max-rejects", .arg = "N|P%",
		    .var = &o.max_rejects, .help = "fail if more are refused" },
		{ .kind = OPT_STRING, .name = "part", .arg = "N/M",
		    .var = &o.part, .help = "the input is this part of a run, "
		    "as of nf-stage cat" },
		{ .kind = OPT_FLAG, .name = "no-seal", .var = &o.no_seal,
		    .help = "do not seal the output of a sealed input" },
		{ .kind = OPT_NUMBER, .letter = 'j', .name = "jobs",
		    .arg = "N", .var = &o.jobs, .min = 1, .max = 64,
		    .help = "threads; the output is the same" },
		{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
		    .var = &o.max_line, .min = 1024,
		    .max = (uint64_t)512 << 20, .help = "longest record" },
		{ .kind = OPT_GROUP, .help = "Instead of that" },
		{ .kind = OPT_FLAG, .name = "check", .var = &o.check,
		    .help = "only check the mapping" },
		{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
		    .var = &o.check, .help = "the same" },
		{ .kind = OPT_FLAG, .name = "explain", .var = &o.explain,
		    .help = "show how records become rows; write no rows" },
		{ .kind = OPT_FLAG, .name = "key-report", .var = &o.key_report,
		    .help = "tell how the row keys spread; write no rows" },
		{ .kind = OPT_FLAG, .name = "infer", .var = &o.infer,
		    .help = "write a first mapping for the records" },
		APP_OPTIONS(&app),
	};
	code = app_start(&app, table, sizeof(table) / sizeof(table[0]),
	    SYNOPSIS, argc, argv, &first);
	if (code != -1)
		return (code);
	code = work(&app, &o, argc - first);
	return (app_finish(&app, code));
}

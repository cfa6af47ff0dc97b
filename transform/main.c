/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "infer.h"
#include "lib/cli/app.h"
#include "lib/json/jansson.h"
#include "lib/report/msg.h"
#include "options.h"
#include "run.h"
#include "transform/mapping/compile.h"
#include "transform/mapping/program.h"
#include "transform/record/constants.h"

static const char synopsis[] =
    "nf-transform -m MAPPING [options] < RECORDS > MUTATIONS\n"
    "nf-transform -m MAPPING --check\n"
    "nf-transform -m MAPPING --explain < RECORDS\n"
    "nf-transform -m MAPPING --key-report < RECORDS\n"
    "nf-transform -m MAPPING --coverage < RECORDS\n"
    "nf-transform --infer < RECORDS > MAPPING";

/* Records to mutations, or another output that was requested. */
static int
transform_records(const struct options *o, struct app *app)
{
	struct program *prog;
	int rc;

	if (o->infer)
		return (infer_stream(app, o, &app->err));
	if ((prog = compile_file(o->mapping, &app->err)) == NULL)
		return (-1);
	msg_trace(MSG_INFO, "mapping", "%s: %zu rules, %" PRIu32 " checks",
	    o->mapping, prog->nrule, prog->nchecks);
	rc = constants_check(prog, o->mapping, &app->err);
	if (rc == 0 && !o->check)
		rc = program_open_secrets(prog, &app->err);
	if (rc == 0 && !o->check)
		rc = run_stream(app, o, prog, &app->err);
	program_free(prog);
	return (rc);
}

int
main(int argc, char **argv)
{
	static const struct app_verb all = { .synopsis = synopsis,
		.rows = options_rows, .run = transform_records,
		.in = "records", .out = "rows",
		.about = "Turn records into Bigtable rows, as a mapping describes.",
		.example = "nf-transform -m nf-wide --ts now < "
		    "invoices.ndjson" };
	struct options o;
	struct app app;
	int code;

	app_init(&app, "nf-transform");
	app.libraries = jansson_library;
	options_init(&o);
	if (app_start(&app, &all, 1, &o, argc, argv, &code))
		code = app_finish(&app, options_check(&o, &app) == -1 ? -1 :
		    app.verb->run(&o, &app));
	return (code);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "cmd_apply.h"
#include "cmd_create.h"
#include "cmd_diff.h"
#include "cmd_ls.h"
#include "cmd_scan.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "options.h"
#include "target_open.h"

static const struct app_verb verbs[] = {
	[VERB_APPLY] = { .name = "apply",
	    .about = "Write the mutations on stdin to their tables.",
	    .example = "nf-load --create nf-wide sqlite:invoices.db < rows.ndjson",
	    .run = cmd_apply,
	    .in = "rows", .out = "written", .rows = options_apply, .synopsis =
	    "nf-load [apply] [options] TARGET < mutations\n"
	    "nf-load scan [options] TARGET > mutations\n"
	    "nf-load diff [options] TARGET < mutations\n"
	    "nf-load create [options] TARGET\n"
	    "nf-load ls [options] TARGET\n"
	    "nf-load count [options] TARGET\n"
	    "\nThe options of a verb: nf-load VERB --help\n" },
	[VERB_SCAN] = { .name = "scan",
	    .about = "Read rows of tables.",
	    .example = "nf-load scan -t invoices -o table sqlite:invoices.db",
	    .run = cmd_scan, .out = "rows",
	    .rows = options_scan, .synopsis =
	    "nf-load scan [options] TARGET > mutations\n" },
	[VERB_DIFF] = { .name = "diff",
	    .about = "Compare tables with the mutations on stdin.",
	    .example = "nf-load diff sqlite:invoices.db < rows.ndjson",
	    .run = cmd_diff,
	    .in = "rows", .out = "compared",
	    .rows = options_diff, .prepare = options_init_diff, .synopsis =
	    "nf-load diff [options] TARGET < mutations\n" },
	[VERB_CREATE] = { .name = "create",
	    .about = "Create the tables and families that are missing.",
	    .example = "nf-load create -m nf-wide "
	    "bigtable://my-project/my-instance",
	    .run = cmd_create,
	    .rows = options_create, .prepare = options_init_create,
	    .synopsis = "nf-load create [options] TARGET\n" },
	[VERB_LS] = { .name = "ls",
	    .about = "List tables, their families and rules.",
	    .example = "nf-load ls bigtable://my-project/my-instance",
	    .run = cmd_ls, .rows = options_ls,
	    .synopsis = "nf-load ls [options] TARGET\n" },
	[VERB_COUNT] = { .name = "count",
	    .about = "Count the rows of tables.",
	    .example = "nf-load count sqlite:invoices.db",
	    .run = cmd_scan_count,
	    .rows = options_count,
	    .synopsis = "nf-load count [options] TARGET\n" },
};

#define LARGE (256 << 10) /* bytes: larger blocks get their own mapping */

/*
 * Keep memory from growing with the length of the input.  gRPC's threads free
 * memory that other threads allocated, and one arena per thread makes that
 * worse.  Also, the first large block that is freed would make malloc take the
 * next ones from its heaps, where they leave holes.
 */
static void
tame_malloc(void)
{

#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

int
main(int argc, char **argv)
{
	struct options o;
	struct app app;
	int code;

	tame_malloc();
	app_init(&app, "nf-load");
	app.libraries = target_open_libraries;
	app.about = "Write rows to Bigtable or a SQLite file, read and compare "
	    "them.";
	app.example = "nf-load --create nf-wide sqlite:invoices.db < "
	    "rows.ndjson";
	options_init(&o);
	if (app_start(&app, verbs, sizeof(verbs) / sizeof(verbs[0]), &o, argc,
	    argv, &code))
		code = app_finish(&app, options_check(&o, &app) == -1 ? -1 :
		    app.verb->run(&o, &app));
	options_free(&o);
	return (code);
}

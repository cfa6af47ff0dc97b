/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_cat.h"
#include "cmd_days.h"
#include "cmd_filter.h"
#include "cmd_ls.h"
#include "cmd_mark.h"
#include "cmd_note.h"
#include "cmd_put.h"
#include "cmd_verify.h"
#include "lib/base/buf.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/http/http.h"
#include "lib/json/jansson.h"
#include "options.h"
#include "stage/store/store.h"
#include "stage/store/store_open.h"

static const char synopsis[] =
    "nf-stage [put] [options] RUN\n"
    "nf-stage cat [options] RUN ...\n"
    "nf-stage ls [options] PREFIX\n"
    "nf-stage mark RUN\n"
    "nf-stage verify RUN\n"
    "nf-stage note RUN < OBJECT\n"
    "nf-stage notes RUN\n"
    "nf-stage days [options] JOB\n"
    "nf-stage filter [options] -- CMD [ARG ...]";

/* The functions of the verbs for each run. */
static int (*const work[])(struct store *s, const struct options *o,
    struct app *app) = {
	[VERB_PUT] = cmd_put,
	[VERB_CAT] = cmd_cat,
	[VERB_LS] = cmd_ls,
	[VERB_MARK] = cmd_mark,
	[VERB_VERIFY] = cmd_verify,
	[VERB_NOTE] = cmd_note,
	[VERB_NOTES] = cmd_note_list,
};

static int
work_on_runs(const struct options *o, struct app *app)
{
	struct store *s;
	int i, rc = 0;

	for (i = 0; i < app->noperand && rc == 0; i++) {
		s = store_open(app->operand[i], o->verb == VERB_LS
		    ? STORE_OPEN_PREFIX : STORE_OPEN_RUN, &o->store,
		    &app->err);
		if (s == NULL)
			return (-1);
		rc = work[o->verb](s, o, app);
		store_close(s);
	}
	return (rc);
}

#define STAGE_VERB(word, does, takes, gives) .name = (word), .run = (does),       \
	    .rows = options_rows, .synopsis = synopsis, .in = (takes),         \
	    .out = (gives)

static const struct app_verb verbs[] = {
	[VERB_PUT] = { STAGE_VERB("put", work_on_runs, "records", NULL),
	    .about = "Store the records on stdin as a run, and commit it." },
	[VERB_CAT] = { STAGE_VERB("cat", work_on_runs, NULL, "records"),
	    .about = "Write the records of a committed run to stdout.",
	    .example = "nf-stage cat --no-seal gs://my-bucket/day-1" },
	[VERB_LS] = { STAGE_VERB("ls", work_on_runs, NULL, NULL),
	    .about = "List the runs under a prefix, or the objects of a run.",
	    .example = "nf-stage ls -l gs://my-bucket/" },
	[VERB_MARK] = { STAGE_VERB("mark", work_on_runs, NULL, NULL),
	    .about = "Print where a run goes on: null for the start, a "
	    "cursor, or committed.",
	    .example = "nf-stage mark gs://my-bucket/day-1" },
	[VERB_VERIFY] = { STAGE_VERB("verify", work_on_runs, "records", NULL),
	    .about = "Read a committed run again and check all of it.",
	    .example = "nf-stage verify gs://my-bucket/day-1" },
	[VERB_NOTE] = { STAGE_VERB("note", work_on_runs, NULL, NULL),
	    .about = "Keep the JSON object on stdin beside a run.",
	    .example = "echo '{\"checked\":\"by hand\"}' | nf-stage note "
	    "gs://my-bucket/day-1" },
	[VERB_NOTES] = { STAGE_VERB("notes", work_on_runs, NULL, NULL),
	    .about = "Print the notes beside a run, the oldest first.",
	    .example = "nf-stage notes gs://my-bucket/day-1" },
	[VERB_DAYS] = { STAGE_VERB("days", cmd_days, NULL, NULL),
	    .about = "Print what is staged, loaded and due of each window of "
	    "a job.",
	    .example = "nf-stage days --due job.json" },
	[VERB_FILTER] = { STAGE_VERB("filter", cmd_filter, "records",
	    "written"), .about = "Give the records of a sealed stream to a "
	    "command, and seal what it prints.",
	    .example = "nf-fetch --seal URL | nf-stage filter -- grep -v "
	    "test | nf-stage RUN" },
};

static void
put_stage_libraries(struct buf *b)
{

	buf_printf(b, "%s ", http_libraries());
	jansson_library(b);
}

/* Run the verb, within --timeout. */
static int
run_stage_verb(struct options *o, struct app *app)
{

	if (options_check(o, app) == -1 || (o->timeout_ms > 0 &&
	    sig_deadline(o->timeout_ms, &app->err) == -1))
		return (-1);
	return (app->verb->run(o, app));
}

int
main(int argc, char **argv)
{
	struct options o;
	struct app app;
	int code;

	app_init(&app, "nf-stage");
	app.libraries = put_stage_libraries;
	app.about = "Keep a stream of records as a run in Cloud Storage or a "
	    "folder: all or nothing.";
	app.example = "nf-fetch --seal URL | nf-stage --emit=none "
	    "gs://my-bucket/day-1";
	options_init(&o);
	if (app_start(&app, verbs, sizeof(verbs) / sizeof(verbs[0]), &o, argc,
	    argv, &code))
		code = app_finish(&app, run_stage_verb(&o, &app));
	options_free(&o);
	return (code);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_cat.h"
#include "cmd_days.h"
#include "cmd_filter.h"
#include "cmd_ls.h"
#include "cmd_mark.h"
#include "cmd_note.h"
#include "cmd_put.h"
#include "cmd_verify.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
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

/* What the verbs do to each run. */
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

	if (o->timeout_ms > 0 && sig_deadline(o->timeout_ms, &app->err) == -1)
		return (-1);
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

#define RUN_VERB(word, takes, gives) { .name = (word), .run = work_on_runs,    \
	    .rows = options_rows, .synopsis = synopsis, .in = (takes),         \
	    .out = (gives) }

static const struct app_verb verbs[] = {
	[VERB_PUT] = RUN_VERB("put", "records", NULL),
	[VERB_CAT] = RUN_VERB("cat", NULL, "records"),
	[VERB_LS] = RUN_VERB("ls", NULL, NULL),
	[VERB_MARK] = RUN_VERB("mark", NULL, NULL),
	[VERB_VERIFY] = RUN_VERB("verify", "records", NULL),
	[VERB_NOTE] = RUN_VERB("note", NULL, NULL),
	[VERB_NOTES] = RUN_VERB("notes", NULL, NULL),
	[VERB_DAYS] = { .name = "days", .run = cmd_days,
	    .rows = options_rows, .synopsis = synopsis },
	[VERB_FILTER] = { .name = "filter", .run = cmd_filter,
	    .in = "records", .out = "written",
	    .rows = options_rows, .synopsis = synopsis },
};

int
main(int argc, char **argv)
{
	struct options o;
	struct app app;
	int code;

	app_init(&app, "nf-stage");
	options_init(&o);
	if (app_start(&app, verbs, sizeof(verbs) / sizeof(verbs[0]), &o, argc,
	    argv, &code))
		code = app_finish(&app, options_check(&o, &app) == -1 ? -1 :
		    app.verb->run(&o, &app));
	options_free(&o);
	return (code);
}

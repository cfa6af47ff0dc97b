/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "cmd_cat.h"
#include "cmd_ls.h"
#include "cmd_mark.h"
#include "cmd_note.h"
#include "cmd_put.h"
#include "cmd_verify.h"
#include "lib/cli/app.h"
#include "options.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "stage/store/store_open.h"

/* Do what the command line says to one run. */
static int
run_verb(const struct options *o, const char *uri, struct run_info *run,
    struct app *app)
{
	struct store *s;
	int rc = -1;

	if ((s = store_open(uri, &o->store, &app->err)) == NULL)
		return (-1);
	switch (o->verb) {
	case VERB_PUT:
		rc = cmd_put(s, o, run, app);
		break;
	case VERB_CAT:
		rc = cmd_cat(s, o, run, app);
		break;
	case VERB_LS:
		rc = cmd_ls(s, o, app);
		break;
	case VERB_MARK:
		rc = cmd_mark(s, STDOUT_FILENO, &app->err);
		break;
	case VERB_VERIFY:
		rc = cmd_verify(s, o, app);
		break;
	case VERB_NOTE:
		rc = cmd_note(s, app);
		break;
	case VERB_NOTES:
		rc = cmd_note_list(s, app);
		break;
	}
	store_close(s);
	return (rc);
}

int
main(int argc, char **argv)
{
	struct options o;
	struct run_info run = { .run = "" }; /* its run id is lent to app */
	struct app app;
	int i, rc;

	app_init(&app, "nf-stage");
	if ((rc = options_read(&o, &app, argc, argv)) != -1)
		return (rc);
	o.store.retried = &app.stats.retried;
	o.store.throttled_ms = &app.stats.throttled_ms;
	o.store.metrics = app.metrics;
	for (i = 0, rc = 0; i < o.nuri && rc == 0; i++)
		rc = run_verb(&o, o.uri[i], &run, &app);
	options_free(&o);
	return (app_finish(&app, rc));
}

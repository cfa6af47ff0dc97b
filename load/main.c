/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "cmd_apply.h"
#include "cmd_create.h"
#include "cmd_diff.h"
#include "cmd_scan.h"
#include "lib/app.h"
#include "lib/err.h"
#include "options.h"

/* Large blocks come from the system and go back there.  By default the first
   that is freed makes malloc take the next ones from its heaps, where they
   leave holes between the blocks of gRPC's threads. */
#define LARGE (256 << 10)

int
main(int argc, char **argv)
{
	static int (*const verb[])(const struct options *, struct app *) = {
		[VERB_APPLY] = cmd_apply,
		[VERB_SCAN] = cmd_scan,
		[VERB_DIFF] = cmd_diff,
		[VERB_CREATE] = cmd_create
	};
	struct options o;
	struct app app;
	int rc;

#ifdef M_ARENA_MAX
	/*
	 * gRPC's threads free what others allocated: with an arena each, the
	 * heap creeps with the length of the input and no CPU is saved.
	 */
	(void)mallopt(M_ARENA_MAX, 1);
#endif
	app_init(&app, "nf-load");
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
	if ((rc = options_read(&o, &app, argc, argv)) != -1)
		return (rc);
	if (app.err.class == ERR_NONE)
		rc = verb[o.verb](&o, &app);
	rc = app_finish(&app, rc);
	options_free(&o);
	return (rc);
}

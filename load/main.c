/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "cmd_apply.h"
#include "cmd_create.h"
#include "cmd_diff.h"
#include "cmd_scan.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "options.h"

#define LARGE (256 << 10) /* bytes: a block that is mapped by itself */

/*
 * So that memory does not creep with the length of the input: gRPC's threads
 * free what others allocated, which an arena each makes worse; and the first
 * large block that is freed would make malloc take the next ones from its
 * heaps, where they leave holes.
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
	static int (*const verb[])(const struct options *, struct app *) = {
		[VERB_APPLY] = cmd_apply,
		[VERB_SCAN] = cmd_scan,
		[VERB_DIFF] = cmd_diff,
		[VERB_CREATE] = cmd_create
	};
	struct options o;
	struct app app;
	int rc;

	tame_malloc();
	app_init(&app, "nf-load");
	if ((rc = options_read(&o, &app, argc, argv)) != -1)
		return (rc);
	if (app.err.class == ERR_NONE)
		rc = verb[o.verb](&o, &app);
	rc = app_finish(&app, rc);
	options_free(&o);
	return (rc);
}

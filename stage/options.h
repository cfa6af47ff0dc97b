/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_OPTIONS_H
#define NF_STAGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli/app.h"
#include "lib/cli/opt.h"
#include "stage/store/store.h"

/*
 * The command line: a verb, what it works on, the options.
 */
enum options_verb { VERB_PUT, VERB_CAT, VERB_LS, VERB_MARK, VERB_VERIFY,
	VERB_NOTE, VERB_NOTES };
enum options_emit { EMIT_RECORDS, EMIT_MANIFEST, EMIT_NONE };

struct options {
	enum options_verb verb;
	char *const *uri; /* operands */
	int nuri;
	/* put */
	uint64_t part_size;    /* bytes of records */
	uint64_t part_records; /* 0: no limit */
	int emit;
	bool plain, unsealed, no_seal;
	const char *spool, *source, *window;
	struct opt_list metadata;
	uint64_t max_line;
	/* cat */
	const char *part;
	bool no_manifest;
	/* ls */
	bool orphans, remove, dry_run;
	/* Cloud Storage */
	struct store_conf store;
};

/**
 * options_read(o, app, argc, argv):
 * Read the command line, --help and --version included.  Return -1 to go on,
 * else the exit code to leave with; then ${o} holds nothing to free.
 */
int options_read(struct options *o, struct app *app, int argc, char **argv);
void options_free(struct options *o);

#endif /* !NF_STAGE_OPTIONS_H */

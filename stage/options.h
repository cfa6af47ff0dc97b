/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_OPTIONS_H
#define NF_STAGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli/app.h"
#include "lib/cli/opt.h"
#include "stage/store/store.h"

/*
 * The options of the command line.
 */
/* In the order of the table in main.c. */
enum options_verb { VERB_PUT, VERB_CAT, VERB_LS, VERB_MARK, VERB_VERIFY,
	VERB_NOTE, VERB_NOTES, VERB_DAYS, VERB_FILTER };
enum options_emit { EMIT_RECORDS, EMIT_MANIFEST, EMIT_NONE };

struct options {
	enum options_verb verb;
	/* put */
	uint64_t part_size;    /* bytes of records */
	uint64_t part_records; /* 0: no limit */
	uint64_t part_seconds; /* 0: no limit */
	uint64_t timeout_ms;   /* of the whole run; 0: none */
	int emit;
	bool plain, unsealed, no_seal;
	const char *spool, *source, *window;
	const char *from, *until, *since, *lookback; /* of the window */
	struct opt_list metadata;
	uint64_t max_line;
	/* cat */
	const char *part;
	bool no_manifest;
	/* ls */
	bool orphans, remove, dry_run, readable;
	/* days */
	const char *now_text, *windows;
	int64_t now; /* seconds since 1970 */
	uint64_t max_windows, revision; /* revision 0: not given */
	bool due, sh, again, newest, check;
	/* filter */
	const char *ok; /* exit codes; NULL: 0 */
	/* Cloud Storage */
	struct store_conf store;
};

/* The options of all verbs, for app_start. */
extern const struct opt_rows options_rows[];

/**
 * options_init(o):
 * Set defaults.
 */
void options_init(struct options *o);

/**
 * options_check(o, app):
 * Check the options parsed into ${o}, and the operands; connect the counters
 * of the stores to ${app}.  Return 0, or -1 with ERR_USAGE.
 */
int options_check(struct options *o, struct app *app);

/**
 * options_free(o):
 * Free the lists of ${o}.
 */
void options_free(struct options *o);

#endif /* !NF_STAGE_OPTIONS_H */

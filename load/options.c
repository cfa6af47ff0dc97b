/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/stream/ndjson.h"
#include "mutation.h"

static const char *const verbs[] = { "apply", "scan", "diff", "create" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MEGA ((uint64_t)1 << 20)
#define FOREVER ((uint64_t)7 * 24 * 3600 * 1000)

static const char *const granularities[] = { "millis", "micros", NULL };

static const char *const synopsis[] = {
	[VERB_APPLY] = "nf-load [apply] [options] TARGET < mutations\n"
	    "nf-load scan [options] TARGET > mutations\n"
	    "nf-load diff [options] TARGET < mutations\n"
	    "nf-load create [options] TARGET\n"
	    "\nThe options of a verb: nf-load VERB --help\n",
	[VERB_SCAN] = "nf-load scan [options] TARGET > mutations\n",
	[VERB_DIFF] = "nf-load diff [options] TARGET < mutations\n",
	[VERB_CREATE] = "nf-load create [options] TARGET\n"
};

/* The options of all verbs, about the target. */
#define TARGET_OPTIONS(o)                                                      \
	{ .kind = OPT_GROUP, .help = "Target" },                               \
	{ .kind = OPT_STRING, .letter = 't', .name = "table", .arg = "TABLE",  \
	    .var = &(o)->table, .help = "table, where nothing else says so" }, \
	{ .kind = OPT_STRING, .name = "endpoint", .arg = "HOST:PORT",          \
	    .var = &(o)->endpoint, .env = OPTIONS_ENDPOINT,                    \
	    .help = "another Bigtable data service" },                         \
	{ .kind = OPT_STRING, .name = "admin-endpoint", .arg = "HOST:PORT",    \
	    .var = &(o)->admin_endpoint, .env = OPTIONS_ADMIN_ENDPOINT,        \
	    .help = "another Bigtable admin service" },                        \
	{ .kind = OPT_FLAG, .name = "plaintext", .var = &(o)->plaintext,       \
	    .help = "no TLS and no token: an emulator, a test" },              \
	{ .kind = OPT_STRING, .name = "ca", .arg = "FILE", .var = &(o)->ca,    \
	    .env = "NF_CA",                                                    \
	    .help = "trust these certificates (PEM), not the system's" },      \
	{ .kind = OPT_STRING, .name = "app-profile", .arg = "ID",              \
	    .var = &(o)->app_profile, .env = "NF_APP_PROFILE",                 \
	    .help = "application profile" },                                   \
	{ .kind = OPT_NUMBER, .name = "channels", .arg = "N",                  \
	    .var = &(o)->channels, .min = 1, .max = 64, .env = "NF_CHANNELS",  \
	    .help = "connections to the data service" },                       \
	{ .kind = OPT_NUMBER, .name = "tries", .arg = "N",                     \
	    .var = &(o)->tries, .max = 1000,                                   \
	    .help = "attempts without progress; 0: do not retry" },            \
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",           \
	    .var = &(o)->retry_time, .max = FOREVER,                           \
	    .help = "and no longer than this; 0: do not retry" },              \
	{ .kind = OPT_DURATION, .name = "attempt-timeout", .arg = "TIME",      \
	    .var = &(o)->attempt_time, .min = 1, .max = FOREVER,               \
	    .help = "deadline of one request" },                               \
	{ .kind = OPT_DURATION, .name = "timeout", .arg = "TIME",              \
	    .var = &(o)->timeout, .min = 1, .max = FOREVER,                    \
	    .help = "deadline of everything, from the first request" }

/* Who tries it is shown what to do instead. */
#define NO_DRY_RUN(o)                                                          \
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",                  \
	    .var = &(o)->dry_run }

#define INPUT_OPTIONS(o)                                                       \
	{ .kind = OPT_GROUP, .help = "Input" },                                \
	{ .kind = OPT_STRING, .name = "ts", .arg = "MICROS",                   \
	    .var = &(o)->ts_text,                                              \
	    .help = "timestamp of lines that have none" },                     \
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",                \
	    .var = &(o)->max_line, .min = 1024, .max = 1000 * MEGA,            \
	    .help = "longest line" }

/* A command line, and what to do with it. */
struct line {
	int argc;
	char **argv;
	int *first; /* parse it, or NULL: only find the first operand */
};

/* What there is to do with the table of options of a verb. */
static int
use_table(struct app *app, const struct opt *table, size_t n,
    enum options_verb v,
    const struct line *l)
{

	if (l->first == NULL)
		return (opt_operand(table, n, l->argc, l->argv));
	return (app_start(app, table, n, synopsis[v], l->argc, l->argv,
	    l->first));
}

static int
use_apply(struct options *o, struct app *app, const struct line *l)
{
	const struct opt table[] = {
		INPUT_OPTIONS(o),
		{ .kind = OPT_GROUP, .help = "Results" },
		{ .kind = OPT_STRING, .name = "results", .arg = "FILE",
		    .var = &o->results,
		    .help = "a line for each row that failed; - is stdout" },
		{ .kind = OPT_FLAG, .name = "results-all",
		    .var = &o->results_all,
		    .help = "a result for each row, written ones too" },
		{ .kind = OPT_STRING, .name = "reject", .arg = "FILE",
		    .var = &o->reject,
		    .help = "put refused rows there and go on" },
		{ .kind = OPT_STRING, .name = "max-rejects", .arg = "N|P%",
		    .var = &o->max_rejects,
		    .help = "fail if there are more" },
		{ .kind = OPT_GROUP, .help = "Requests" },
		{ .kind = OPT_NUMBER, .name = "batch-rows", .arg = "N",
		    .var = &o->batch_rows, .min = 1, .max = 100000,
		    .help = "rows of a request, or of a commit" },
		{ .kind = OPT_SIZE, .name = "batch-bytes", .arg = "BYTES",
		    .var = &o->batch_bytes, .min = 1024, .max = 256 * MEGA,
		    .help = "bytes of a request, or of a commit" },
		{ .kind = OPT_DURATION, .name = "batch-age", .arg = "TIME",
		    .var = &o->batch_age, .min = 0, .max = FOREVER,
		    .help = "longest wait for more rows" },
		{ .kind = OPT_NUMBER, .name = "in-flight", .arg = "N",
		    .var = &o->requests, .min = 1, .max = 1000,
		    .help = "requests at once" },
		{ .kind = OPT_SIZE, .name = "in-flight-bytes", .arg = "BYTES",
		    .var = &o->held, .min = 1024, .max = 4096 * MEGA,
		    .help = "bytes in flight and waiting" },
		NO_DRY_RUN(o),
		TARGET_OPTIONS(o),
		APP_OPTIONS(app)
	};

	return (use_table(app, table, COUNT(table), VERB_APPLY, l));
}

static int
use_scan(struct options *o, struct app *app, const struct line *l)
{
	const struct opt table[] = {
		{ .kind = OPT_GROUP, .help = "Rows" },
		{ .kind = OPT_LIST, .letter = 'k', .name = "key",
		    .arg = "KEY", .var = &o->keys,
		    .help = "this row; may be repeated" },
		{ .kind = OPT_STRING, .name = "keys", .arg = "FILE",
		    .var = &o->keys_file,
		    .help = "the rows named by FILE, one a line" },
		{ .kind = OPT_LIST, .letter = 'p', .name = "prefix",
		    .arg = "PREFIX", .var = &o->prefixes,
		    .help = "rows that begin so; may be repeated" },
		{ .kind = OPT_STRING, .name = "start", .arg = "KEY",
		    .var = &o->start, .help = "from this row" },
		{ .kind = OPT_STRING, .name = "end", .arg = "KEY",
		    .var = &o->end, .help = "up to this row, without it" },
		{ .kind = OPT_LIST, .name = "range", .arg = "RANGE",
		    .var = &o->ranges,
		    .help = "[A,B) or (A,B] and so on; may be repeated" },
		{ .kind = OPT_NUMBER, .letter = 'l', .name = "limit",
		    .arg = "N", .var = &o->limit, .min = 1,
		    .max = INT64_MAX, .help = "at most so many rows" },
		{ .kind = OPT_STRING, .name = "sample", .arg = "SHARE",
		    .var = &o->sample_text,
		    .help = "a share of the rows at random, 0.01" },
		{ .kind = OPT_FLAG, .letter = 'r', .name = "reverse",
		    .var = &o->reverse, .help = "last row first" },
		{ .kind = OPT_GROUP, .help = "Cells" },
		{ .kind = OPT_LIST, .letter = 'c', .name = "column",
		    .arg = "FAMILY[:QUALIFIER]", .var = &o->columns,
		    .help = "these cells only; may be repeated" },
		{ .kind = OPT_NUMBER, .name = "versions", .arg = "N",
		    .var = &o->versions, .min = 0, .max = INT32_MAX,
		    .help = "newest cells of a column; 0: all" },
		{ .kind = OPT_STRING, .name = "since", .arg = "MICROS",
		    .var = &o->since, .help = "cells from then on" },
		{ .kind = OPT_STRING, .name = "until", .arg = "MICROS",
		    .var = &o->until, .help = "cells before then" },
		{ .kind = OPT_GROUP, .help = "Output" },
		{ .kind = OPT_FLAG, .name = "keys-only",
		    .var = &o->keys_only, .help = "row keys, one a line" },
		{ .kind = OPT_FLAG, .name = "values", .var = &o->values,
		    .help = "bare values, one a line" },
		{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
		    .var = &o->max_line, .min = 1024, .max = 1000 * MEGA,
		    .help = "longest line; longer rows take several" },
		NO_DRY_RUN(o),
		TARGET_OPTIONS(o),
		APP_OPTIONS(app)
	};

	return (use_table(app, table, COUNT(table), VERB_SCAN, l));
}

static int
use_diff(struct options *o, struct app *app, const struct line *l)
{
	const struct opt table[] = {
		INPUT_OPTIONS(o),
		{ .kind = OPT_GROUP, .help = "Compare" },
		{ .kind = OPT_STRING, .name = "scope", .arg = "PREFIX",
		    .var = &o->scope,
		    .help = "rows that begin so must all be in the stream" },
		{ .kind = OPT_NUMBER, .name = "versions", .arg = "N",
		    .var = &o->versions, .min = 0, .max = INT32_MAX,
		    .help = "newest cells of a column; 0: all" },
		{ .kind = OPT_FLAG, .name = "prune", .var = &o->prune,
		    .help = "say which rows of the scope would be deleted" },
		{ .kind = OPT_FLAG, .name = "really",
		    .var = &o->really, .help = "and delete them" },
		{ .kind = OPT_FLAG, .name = "unsealed",
		    .var = &o->unsealed,
		    .help = "believe a pipe that has no seal" },
		{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
		    .var = &o->dry_run,
		    .help = "show what --really would delete" },
		TARGET_OPTIONS(o),
		APP_OPTIONS(app)
	};

	return (use_table(app, table, COUNT(table), VERB_DIFF, l));
}

static int
use_create(struct options *o, struct app *app, const struct line *l)
{
	const struct opt table[] = {
		{ .kind = OPT_GROUP, .help = "Tables" },
		{ .kind = OPT_STRING, .letter = 'm', .name = "mapping",
		    .arg = "FILE", .var = &o->mapping,
		    .help = "the tables of this mapping" },
		{ .kind = OPT_LIST, .letter = 'f', .name = "family",
		    .arg = "NAME[:RULE]", .var = &o->families,
		    .help = "family of --table; may be repeated" },
		{ .kind = OPT_LIST, .name = "split", .arg = "KEY",
		    .var = &o->splits,
		    .help = "first key of a tablet; may be repeated" },
		{ .kind = OPT_CHOICE, .name = "granularity",
		    .arg = "millis|micros", .var = &o->granularity,
		    .choices = granularities,
		    .help = "of the timestamps of a new table" },
		{ .kind = OPT_FLAG, .name = "allow-age",
		    .var = &o->allow_age,
		    .help = "document timestamps under a rule by age" },
		{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
		    .var = &o->dry_run,
		    .help = "make nothing, say what would be made" },
		TARGET_OPTIONS(o),
		APP_OPTIONS(app)
	};

	return (use_table(app, table, COUNT(table), VERB_CREATE, l));
}

static void
set_load_defaults(struct options *o)
{

	memset(o, 0, sizeof(*o));
	o->channels = 1;
	o->ts = MUTATION_NO_TS;
	o->max_line = NDJSON_MAX_LINE;
	o->batch_rows = 1000;
	o->batch_bytes = MEGA;
	o->batch_age = 100;
	o->requests = 8;
	o->held = 4 * MEGA;
	o->tries = 31;
	o->retry_time = 600000;
	o->attempt_time = 60000;
}

static int (*const use_verb[])(struct options *, struct app *,
    const struct line *) = { use_apply, use_scan, use_diff, use_create };

/*
 * The verb is the first operand, whatever options come before it, and is
 * taken out.  It may be left out: then it is apply.
 */
static enum options_verb
find_verb(struct options *o, struct app *app, struct line *l)
{
	size_t v;
	int i;

	for (i = 1; i < l->argc; i++)
		for (v = 0; v < COUNT(verbs); v++) {
			if (strcmp(l->argv[i], verbs[v]) != 0 ||
			    use_verb[v](o, app, l) != i)
				continue;
			memmove(&l->argv[i], &l->argv[i + 1],
			    (size_t)(l->argc - i) * sizeof(*l->argv));
			l->argc--;
			o->named = true;
			return ((enum options_verb)v);
		}
	return (VERB_APPLY);
}

/* A number of microseconds, or -1 with ERR_USAGE. */
static int
read_micros(const char *name, const char *text, int64_t *v, struct err *e)
{

	if (text == NULL || (number_i64(text, strlen(text), v) == 0 && *v >= 0))
		return (0);
	return (err_set(e, ERR_USAGE, "--%s: not a number of microseconds",
	    name));
}

static int
read_share(struct options *o, struct err *e)
{

	if (o->sample_text == NULL)
		return (0);
	if (number_real(o->sample_text, strlen(o->sample_text),
	    &o->sample) == 0 && o->sample > 0 && o->sample < 1)
		return (0);
	return (err_set(e, ERR_USAGE, "--sample: not between 0 and 1"));
}

/* --dry-run, where there is something that it can hold back. */
static int
check_dry_run(struct options *o, struct err *e)
{

	if (!o->dry_run || o->verb == VERB_CREATE)
		return (0);
	if (o->verb == VERB_APPLY)
		return (err_set(e, ERR_USAGE, "--dry-run: not with apply; "
		    "nf-load diff shows what it would change"));
	if (o->verb == VERB_SCAN || !o->prune)
		return (err_set(e, ERR_USAGE, "--dry-run: %s changes nothing",
		    o->verb == VERB_SCAN ? "scan" : "diff without --prune"));
	o->really = false;
	return (0);
}

static int
check_options(struct options *o, struct err *e)
{

	if (read_micros("ts", o->ts_text, &o->ts, e) == -1 ||
	    read_micros("since", o->since, &o->ts_from, e) == -1 ||
	    read_micros("until", o->until, &o->ts_until, e) == -1 ||
	    read_share(o, e) == -1)
		return (-1);
	if (o->values && o->keys_only)
		return (err_set(e, ERR_USAGE,
		    "--values and --keys-only exclude each other"));
	if (o->prune && o->scope == NULL)
		return (err_set(e, ERR_USAGE, "--prune needs --scope"));
	return (check_dry_run(o, e));
}

/* The target, and the table that it or -t names. */
static void
read_target(struct options *o, const char *text, struct err *e)
{
	const char *table;

	if (uri_parse(&o->uri, text, e) == -1)
		return;
	table = o->table != NULL ? o->table : o->uri.table;
	if (table != NULL && !bigtable_names_table(bytes_of(table)))
		err_set(e, ERR_USAGE, "%s: %s", table, BIGTABLE_NAMES_TABLE);
}

int
options_read(struct options *o, struct app *app, int argc, char **argv)
{
	struct line l = { argc, argv, NULL };
	int first, rc;

	set_load_defaults(o);
	o->verb = find_verb(o, app, &l);
	l.first = &first;
	if (o->verb == VERB_DIFF)
		o->versions = 1;
	/* To make a table may take minutes. */
	if (o->verb == VERB_CREATE)
		o->attempt_time = 300000;
	rc = use_verb[o->verb](o, app, &l);
	if (rc != -1)
		return (rc);
	if (o->verb == VERB_APPLY && !o->named && first < l.argc &&
	    opt_no_verb(argv[first], verbs, COUNT(verbs), &app->err) == -1)
		return (-1);
	if (first + 1 != l.argc)
		err_set(&app->err, ERR_USAGE, first == l.argc ?
		    "no target: bigtable://PROJECT/INSTANCE[/TABLE] or "
		    "sqlite:FILE" : "more than one target");
	else if (check_options(o, &app->err) == 0)
		read_target(o, argv[first], &app->err);
	return (-1);
}

uint32_t
options_tries(const struct options *o)
{

	return (o->retry_time == 0 || o->tries == 0 ? 1 :
	    (uint32_t)o->tries);
}

void
options_free(struct options *o)
{

	opt_list_free(&o->families);
	opt_list_free(&o->splits);
	opt_list_free(&o->keys);
	opt_list_free(&o->prefixes);
	opt_list_free(&o->ranges);
	opt_list_free(&o->columns);
	uri_free(&o->uri);
}

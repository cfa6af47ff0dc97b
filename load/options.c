/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/stream/ndjson.h"
#include "mutation.h"

#define MEGA ((uint64_t)1 << 20)
#define FOREVER ((uint64_t)7 * 24 * 3600 * 1000)

/* In the order of enum schema_granularity. */
static const char *const granularities[] = { "as it is", "millis", "micros",
	NULL };

static const char *const outputs[] = { "mutations", "json", "table", "tsv",
	NULL };

/* The options of all verbs, about the target. */
static const struct opt target_rows[] = {
	{ .kind = OPT_GROUP, .help = "Target" },
	{ .kind = OPT_STRING, .letter = 't', .name = "table", .arg = "TABLE",
	    OPT_AT(table), .help = "the table, if nothing else names one" },
	{ .kind = OPT_STRING, .name = "endpoint", .arg = "HOST:PORT",
	    OPT_AT(endpoint), .env = OPTIONS_ENDPOINT,
	    .help = "use this Bigtable data service" },
	{ .kind = OPT_STRING, .name = "admin-endpoint", .arg = "HOST:PORT",
	    OPT_AT(admin_endpoint), .env = OPTIONS_ADMIN_ENDPOINT,
	    .help = "use this Bigtable admin service" },
	{ .kind = OPT_FLAG, .name = "plaintext", OPT_AT(plaintext),
	    .help = "no TLS and no token, for emulators and tests" },
	{ .kind = OPT_STRING, .name = "ca", .arg = "FILE", OPT_AT(ca),
	    .env = "NF_CA",
	    .help = "trust these certificates (PEM) instead of the system's" },
	{ .kind = OPT_STRING, .name = "token-file", .arg = "FILE",
	    OPT_AT(token_file), .env = "NF_TOKEN_FILE",
	    .help = "read the access token from FILE, and again when it "
	    "changes" },
	{ .kind = OPT_STRING, .name = "impersonate", .arg = "SA[,SA...]",
	    OPT_AT(impersonate), .env = "NF_IMPERSONATE",
	    .help = "act as the service account SA" },
	{ .kind = OPT_STRING, .name = "app-profile", .arg = "ID",
	    OPT_AT(app_profile), .env = "NF_APP_PROFILE",
	    .help = "application profile" },
	{ .kind = OPT_NUMBER, .name = "channels", .arg = "N",
	    OPT_AT(channels), .min = 1, .max = 64, .env = "NF_CHANNELS",
	    .help = "connections to the data service" },
	{ .kind = OPT_NUMBER, .name = "tries", .arg = "N",
	    OPT_AT(tries), .max = 1000,
	    .help = "attempts without progress; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",
	    OPT_AT(retry_time), .max = FOREVER,
	    .help = "how long to retry without progress; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "attempt-timeout", .arg = "TIME",
	    OPT_AT(attempt_time), .min = 1, .max = FOREVER,
	    .help = "deadline of one request" },
	{ .kind = OPT_DURATION, .name = "timeout", .arg = "TIME",
	    OPT_AT(timeout), .min = 1, .max = FOREVER,
	    .help = "deadline of the whole command, from the first request" }
};

/* The message tells the user what to do instead. */
static const struct opt no_dry_run[] = {
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(dry_run) }
};

static const struct opt input_rows[] = {
	{ .kind = OPT_GROUP, .help = "Input" },
	{ .kind = OPT_STRING, .name = "ts", .arg = "MICROS",
	    OPT_AT(ts_text),
	    .help = "timestamp of lines that have none" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    OPT_AT(max_line), .min = 1024, .max = 1000 * MEGA,
	    .help = "maximum length of a line" },
	{ .kind = OPT_STRING, .name = "except", .arg = "FILE",
	    OPT_AT(except),
	    .help = "leave out the rows named by FILE, one per line" }
};

static const struct opt apply_rows[] = {
	{ .kind = OPT_GROUP, .help = "Results" },
	{ .kind = OPT_STRING, .name = "results", .arg = "FILE",
	    OPT_AT(results),
	    .help = "write a line for each failed row; - is stdout" },
	{ .kind = OPT_FLAG, .name = "results-all",
	    OPT_AT(results_all),
	    .help = "write a result for each row, including written ones" },
	{ .kind = OPT_STRING, .name = "reject", .arg = "FILE",
	    OPT_AT(reject),
	    .help = "write rejected rows to FILE and continue" },
	{ .kind = OPT_STRING, .name = "max-rejects", .arg = "N|P%",
	    OPT_AT(max_rejects),
	    .help = "exit 65 if there are more" },
	{ .kind = OPT_STRING, .name = "create", .arg = "MAPPING",
	    OPT_AT(create),
	    .help = "first create the tables of MAPPING that are missing" },
	{ .kind = OPT_GROUP, .help = "Requests" },
	{ .kind = OPT_NUMBER, .name = "batch-rows", .arg = "N",
	    OPT_AT(batch_rows), .min = 1, .max = 100000,
	    .help = "rows of a request, or of a commit" },
	{ .kind = OPT_SIZE, .name = "batch-bytes", .arg = "BYTES",
	    OPT_AT(batch_bytes), .min = 1024, .max = 256 * MEGA,
	    .help = "bytes of a request, or of a commit" },
	{ .kind = OPT_DURATION, .name = "batch-age", .arg = "TIME",
	    OPT_AT(batch_age), .min = 0, .max = FOREVER,
	    .help = "maximum wait for more rows" },
	{ .kind = OPT_NUMBER, .name = "in-flight", .arg = "N",
	    OPT_AT(requests), .min = 1, .max = 1000,
	    .help = "requests at the same time" },
	{ .kind = OPT_SIZE, .name = "in-flight-bytes", .arg = "BYTES",
	    OPT_AT(held), .min = 1024, .max = 4096 * MEGA,
	    .help = "bytes in flight and waiting" },
};

const struct opt_rows options_apply[] = { OPT_ROWS(input_rows),
    OPT_ROWS(apply_rows), OPT_ROWS(no_dry_run), OPT_ROWS(target_rows), { 0 } };

static const struct opt scan_rows[] = {
	{ .kind = OPT_GROUP, .help = "Rows" },
	{ .kind = OPT_LIST, .letter = 'k', .name = "key",
	    .arg = "KEY", OPT_AT(keys),
	    .help = "this row; may be repeated" },
	{ .kind = OPT_STRING, .name = "keys", .arg = "FILE",
	    OPT_AT(keys_file),
	    .help = "the rows named by FILE, one per line" },
	{ .kind = OPT_LIST, .letter = 'p', .name = "prefix",
	    .arg = "PREFIX", OPT_AT(prefixes),
	    .help = "rows with this prefix; may be repeated" },
	{ .kind = OPT_STRING, .name = "start", .arg = "KEY",
	    OPT_AT(start), .help = "start with this key" },
	{ .kind = OPT_STRING, .name = "end", .arg = "KEY",
	    OPT_AT(end), .help = "stop before this key" },
	{ .kind = OPT_LIST, .name = "range", .arg = "RANGE",
	    OPT_AT(ranges),
	    .help = "[A,B) or (A,B] and so on; may be repeated" },
	{ .kind = OPT_NUMBER, .letter = 'l', .name = "limit",
	    .arg = "N", OPT_AT(limit), .min = 1,
	    .max = INT64_MAX, .help = "at most this many rows" },
	{ .kind = OPT_STRING, .name = "sample", .arg = "SHARE",
	    OPT_AT(sample_text),
	    .help = "a random share of the rows, such as 0.01" },
	{ .kind = OPT_FLAG, .letter = '0', .name = "null", OPT_AT(null),
	    .help = "keys and values end with a NUL, not a newline" },
	{ .kind = OPT_FLAG, .letter = 'r', .name = "reverse",
	    OPT_AT(reverse), .help = "in reverse order" },
};

static const struct opt cell_rows[] = {
	{ .kind = OPT_GROUP, .help = "Cells" },
	{ .kind = OPT_LIST, .letter = 'c', .name = "column",
	    .arg = "FAMILY[:QUALIFIER]", OPT_AT(columns),
	    .help = "these cells only; may be repeated" },
	{ .kind = OPT_NUMBER, .name = "versions", .arg = "N",
	    OPT_AT(versions), .min = 0, .max = INT32_MAX,
	    .help = "newest cells of a column; 0: all" },
	{ .kind = OPT_STRING, .name = "since", .arg = "MICROS",
	    OPT_AT(since), .help = "cells with this timestamp or a later one" },
	{ .kind = OPT_STRING, .name = "until", .arg = "MICROS",
	    OPT_AT(until), .help = "cells with an earlier timestamp" },
	{ .kind = OPT_GROUP, .help = "Output" },
	{ .kind = OPT_CHOICE, .letter = 'o', .name = "output",
	    .arg = "mutations|json|table|tsv", OPT_AT(output),
	    .choices = outputs, .help = "the format of the output" },
	{ .kind = OPT_FLAG, .name = "keys-only",
	    OPT_AT(keys_only), .help = "print only row keys, one per line" },
	{ .kind = OPT_FLAG, .name = "values", OPT_AT(values),
	    .help = "print only values, one per line" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    OPT_AT(max_line), .min = 1024, .max = 1000 * MEGA,
	    .help = "maximum length of a line; longer rows take several" },
};

const struct opt_rows options_scan[] = { OPT_ROWS(scan_rows),
    OPT_ROWS(cell_rows), OPT_ROWS(no_dry_run), OPT_ROWS(target_rows), { 0 } };

const struct opt_rows options_count[] = { OPT_ROWS(scan_rows),
    OPT_ROWS(target_rows), { 0 } };

const struct opt_rows options_ls[] = { OPT_ROWS(target_rows), { 0 } };

static const struct opt diff_rows[] = {
	{ .kind = OPT_GROUP, .help = "Compare" },
	{ .kind = OPT_STRING, .name = "scope", .arg = "PREFIX",
	    OPT_AT(scope),
	    .help = "rows with this prefix must all be in the stream" },
	{ .kind = OPT_NUMBER, .name = "versions", .arg = "N",
	    OPT_AT(versions), .min = 0, .max = INT32_MAX,
	    .help = "newest cells of a column; 0: all" },
	{ .kind = OPT_FLAG, .name = "newer", OPT_AT(newer),
	    .help = "do not report cells that are newer in the table" },
	{ .kind = OPT_FLAG, .name = "prune", OPT_AT(prune),
	    .help = "list the rows of the scope that would be deleted" },
	{ .kind = OPT_FLAG, .name = "really",
	    OPT_AT(really), .help = "delete these rows" },
	{ .kind = OPT_FLAG, .name = "unsealed",
	    OPT_AT(unsealed),
	    .help = "accept a pipe without a seal" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(dry_run),
	    .help = "show what --really would delete" },
};

const struct opt_rows options_diff[] = { OPT_ROWS(input_rows),
    OPT_ROWS(diff_rows), OPT_ROWS(target_rows), { 0 } };

static const struct opt create_rows[] = {
	{ .kind = OPT_GROUP, .help = "Tables" },
	{ .kind = OPT_STRING, .letter = 'm', .name = "mapping",
	    .arg = "FILE|NAME", OPT_AT(mapping),
	    .help = "the tables of this mapping" },
	{ .kind = OPT_LIST, .letter = 'f', .name = "family",
	    .arg = "NAME[:RULE]", OPT_AT(families),
	    .help = "family of --table; may be repeated" },
	{ .kind = OPT_LIST, .name = "split", .arg = "KEY",
	    OPT_AT(splits),
	    .help = "first key of a tablet; may be repeated" },
	{ .kind = OPT_CHOICE, .name = "granularity",
	    .arg = "millis|micros", OPT_AT(granularity),
	    .choices = granularities,
	    .help = "timestamp granularity of new tables (default millis)" },
	{ .kind = OPT_FLAG, .name = "allow-age",
	    OPT_AT(allow_age),
	    .help = "allow a rule by age with document timestamps" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(dry_run),
	    .help = "only show what would be created" },
};

const struct opt_rows options_create[] = { OPT_ROWS(create_rows),
    OPT_ROWS(target_rows), { 0 } };

void
options_init(struct options *o)
{

	memset(o, 0, sizeof(*o));
	o->channels = 1;
	o->ts = MUTATION_NO_TS;
	o->max_line = NDJSON_MAX_LINE;
	o->batch_age = 100;
	o->requests = 8;
	o->held = 4 * MEGA;
	o->tries = 31;
	o->retry_time = 600000;
	o->attempt_time = 60000;
}

void
options_init_diff(struct options *o)
{

	o->versions = 1;
}

void
options_init_create(struct options *o)
{

	/* Creating a table may take minutes. */
	o->attempt_time = 300000;
}

/* Parse a number of microseconds; -1 with ERR_USAGE. */
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

/* --dry-run is valid only where there is a change to suppress. */
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
check_values(struct options *o, struct err *e)
{

	if (read_micros("ts", o->ts_text, &o->ts, e) == -1 ||
	    read_micros("since", o->since, &o->ts_from, e) == -1 ||
	    read_micros("until", o->until, &o->ts_until, e) == -1 ||
	    read_share(o, e) == -1)
		return (-1);
	if (o->output != OUTPUT_MUTATIONS && (o->values || o->keys_only))
		return (err_set(e, ERR_USAGE,
		    "--output: not with --values or --keys-only"));
	if (o->values && o->keys_only)
		return (err_set(e, ERR_USAGE,
		    "--values and --keys-only exclude each other"));
	if (o->prune && o->scope == NULL)
		return (err_set(e, ERR_USAGE, "--prune needs --scope"));
	if (o->newer && o->versions != 1)
		return (err_set(e, ERR_USAGE, "--newer: compares the newest "
		    "cells, not --versions"));
	return (check_dry_run(o, e));
}

/* Parse the target, and the table named by it or by -t. */
static int
read_target(struct options *o, const char *text, struct err *e)
{
	const char *table;

	if (uri_parse(&o->uri, text, e) == -1)
		return (-1);
	table = o->table != NULL ? o->table : o->uri.table;
	if (table != NULL && !bigtable_names_table(bytes_of(table)))
		return (err_set(e, ERR_USAGE, "%s: %s", table,
		    BIGTABLE_NAMES_TABLE));
	return (0);
}

int
options_check(struct options *o, struct app *app)
{
	struct err *e = &app->err;

	o->verb = (enum options_verb)app->verb_index;
	if (app->noperand != 1)
		return (err_set(e, ERR_USAGE, app->noperand == 0 ?
		    "no target: bigtable://PROJECT/INSTANCE[/TABLE] or "
		    "sqlite:FILE" : "more than one target"));
	if (check_values(o, e) == -1)
		return (-1);
	return (read_target(o, app->operand[0], e));
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

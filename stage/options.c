/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/stream/ndjson.h"
#include "run_info.h"

static const char *const emits[] = { "records", "manifest", "none", NULL };
#define ONLY(verb) .verbs = 1U << VERB_##verb

/* The options of put. */
static const struct opt put_rows[] = {
	{ .kind = OPT_GROUP, .help = "put" },
	{ .kind = OPT_SIZE, ONLY(PUT),
	    .name = "part-size", .arg = "BYTES",
	    OPT_AT(part_size), .min = 1, .max = (uint64_t)1 << 40,
	    .help = "end a part at the first mark after this many bytes of "
	    "records" },
	{ .kind = OPT_NUMBER, ONLY(PUT),
	    .name = "part-records", .arg = "N",
	    OPT_AT(part_records), .min = 1, .max = INT64_MAX,
	    .help = "or after this many records" },
	{ .kind = OPT_NUMBER, ONLY(PUT),
	    .name = "part-seconds", .arg = "N",
	    OPT_AT(part_seconds), .min = 1, .max = 86400,
	    .help = "or this many seconds after its first record" },
	{ .kind = OPT_CHOICE, ONLY(PUT),
	    .name = "emit",
	    .arg = "records|manifest|none", OPT_AT(emit),
	    .choices = emits, .help = "what to write to stdout" },
	{ .kind = OPT_FLAG, ONLY(PUT),
	    .name = "unsealed", OPT_AT(unsealed),
	    .help = "commit at the end of an input that has no seal" },
	{ .kind = OPT_FLAG, ONLY(PUT),
	    .name = "plain", OPT_AT(plain),
	    .help = "do not compress" },
	{ .kind = OPT_STRING, ONLY(PUT),
	    .name = "spool", .arg = "DIR",
	    OPT_AT(spool),
	    .help = "buffer the current parts in DIR" },
	{ .kind = OPT_STRING, ONLY(PUT),
	    .name = "source", .arg = "TEXT",
	    OPT_AT(source), .help = "the source of an unsealed input; another "
	    "source is another run" },
	{ .kind = OPT_STRING, ONLY(PUT),
	    .name = "window", .arg = "TEXT",
	    OPT_AT(window),
	    .help = "the window that the run covers, for run.json" },
	{ .kind = OPT_STRING, ONLY(PUT), .name = "from", .arg = "TIME",
	    OPT_AT(from), .help = "the start of the window, for run.json" },
	{ .kind = OPT_STRING, ONLY(PUT), .name = "until", .arg = "TIME",
	    OPT_AT(until), .help = "the end of the window, for run.json" },
	{ .kind = OPT_STRING, ONLY(PUT), .name = "since", .arg = "TEXT",
	    OPT_AT(since), .help = "where a feed continues from, for "
	    "run.json" },
	{ .kind = OPT_STRING, .verbs = 1U << VERB_PUT | 1U << VERB_DAYS,
	    .name = "lookback", .arg = "WINDOW",
	    OPT_AT(lookback), .help = "the later window because of which this "
	    "one is fetched again" },
	{ .kind = OPT_LIST, ONLY(PUT),
	    .name = "metadata", .arg = "KEY=VALUE",
	    OPT_AT(metadata),
	    .help = "custom metadata of the parts" },
	{ .kind = OPT_FLAG, .verbs = 1U << VERB_PUT | 1U << VERB_NOTE,
	    .name = "world-readable", OPT_AT(store.world_readable),
	    .help = "in a folder: readable by everyone the umask allows" },
};

/* Options of cat and ls, and those that other verbs share with cat. */
static const struct opt read_rows[] = {
	{ .kind = OPT_GROUP, .help = "put and cat" },
	{ .kind = OPT_FLAG, .verbs = 1U << VERB_PUT | 1U << VERB_CAT,
	    .name = "no-seal", OPT_AT(no_seal),
	    .help = "write no seal" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    .verbs = 1U << VERB_PUT | 1U << VERB_CAT | 1U << VERB_VERIFY |
	    1U << VERB_FILTER, OPT_AT(max_line),
	    .min = 1, .max = (uint64_t)1 << 29,
	    .help = "maximum length of a record; for verify and filter too" },
	{ .kind = OPT_GROUP, .help = "cat" },
	{ .kind = OPT_STRING, ONLY(CAT),
	    .name = "part", .arg = "N/M|NAME",
	    OPT_AT(part), .help = "share N of M of the parts, or "
	    "one part by its name" },
	{ .kind = OPT_FLAG, ONLY(CAT),
	    .name = "no-manifest",
	    OPT_AT(no_manifest),
	    .help = "read a run that is not committed" },
	{ .kind = OPT_GROUP, .help = "ls" },
	{ .kind = OPT_FLAG, ONLY(LS), .letter = 'l',
	    .name = "long", OPT_AT(readable),
	    .help = "lines for people, not JSON" },
	{ .kind = OPT_FLAG, ONLY(LS),
	    .name = "orphans", OPT_AT(orphans),
	    .help = "only objects that no manifest names" },
	{ .kind = OPT_FLAG, ONLY(LS),
	    .name = "remove", OPT_AT(remove),
	    .help = "remove these objects" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(dry_run),
	    .help = "show what --remove would remove" },
};

static const struct opt days_rows[] = {
	{ .kind = OPT_GROUP, .help = "days" },
	{ .kind = OPT_STRING, ONLY(DAYS), .name = "now", .arg = "TIME",
	    OPT_AT(now_text), .help = "pretend that it is TIME, "
	    "\"2026-01-31T06:00:00Z\"" },
	{ .kind = OPT_STRING, ONLY(DAYS), .name = "windows", .arg = "W|A..B",
	    OPT_AT(windows), .help = "only window W, or those from A to B" },
	{ .kind = OPT_FLAG, ONLY(DAYS), .name = "due", OPT_AT(due),
	    .help = "only windows that are due" },
	{ .kind = OPT_NUMBER, ONLY(DAYS), .name = "max-windows", .arg = "N",
	    OPT_AT(max_windows), .min = 1, .max = INT32_MAX,
	    .help = "at most the N oldest windows" },
	{ .kind = OPT_FLAG, ONLY(DAYS), .name = "again", OPT_AT(again),
	    .help = "with --sh: fetch windows that are done again" },
	{ .kind = OPT_NUMBER, ONLY(DAYS), .name = "revision", .arg = "N",
	    OPT_AT(revision), .min = 1, .max = INT32_MAX,
	    .help = "with --sh: fetch or continue revision N" },
	{ .kind = OPT_FLAG, ONLY(DAYS), .name = "newest", OPT_AT(newest),
	    .help = "with --sh: load the newest revision" },
	{ .kind = OPT_FLAG, ONLY(DAYS), .name = "sh", OPT_AT(sh),
	    .help = "print the job and its windows as shell assignments" },
	{ .kind = OPT_FLAG, ONLY(DAYS), .name = "check", OPT_AT(check),
	    .help = "only check the job file" },
};

static const struct opt filter_rows[] = {
	{ .kind = OPT_GROUP, .help = "filter" },
	{ .kind = OPT_STRING, ONLY(FILTER), .name = "ok", .arg = "CODES",
	    OPT_AT(ok), .help = "exit codes of CMD that mean success: \"0,1\" "
	    "for grep (default 0)" },
};

/* Options of stores, for all verbs. */
static const struct opt store_rows[] = {
	{ .kind = OPT_GROUP, .help = "Cloud Storage" },
	{ .kind = OPT_STRING, .name = "endpoint", .arg = "URL",
	    OPT_AT(store.endpoint),
	    .env = "NF_STORAGE_ENDPOINT",
	    .help = "instead of https://storage.googleapis.com" },
	{ .kind = OPT_STRING, .name = "user-project", .arg = "PROJECT",
	    OPT_AT(store.user_project),
	    .env = "NF_USER_PROJECT",
	    .help = "the project that pays for the requests" },
	{ .kind = OPT_STRING, .name = "kms-key", .arg = "NAME",
	    OPT_AT(store.kms_key), .env = "NF_KMS_KEY",
	    .help = "key that encrypts the objects" },
	{ .kind = OPT_STRING, .name = "token-file", .arg = "FILE",
	    OPT_AT(store.token_file), .env = "NF_TOKEN_FILE",
	    .help = "read the access token from FILE, and again when it "
	    "changes" },
	{ .kind = OPT_STRING, .name = "impersonate", .arg = "SA[,SA...]",
	    OPT_AT(store.impersonate), .env = "NF_IMPERSONATE",
	    .help = "act as the service account SA" },
	{ .kind = OPT_STRING, .name = "storage-class", .arg = "CLASS",
	    OPT_AT(store.storage_class),
	    .env = "NF_STORAGE_CLASS",
	    .help = "storage class of the objects" },
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",
	    OPT_AT(store.retry_ms), .max = 86400000,
	    .help = "how long to retry one request; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "timeout", .arg = "TIME",
	    OPT_AT(timeout_ms), .min = 1, .max = 864000000,
	    .help = "exit with 75 if the command takes longer" },
};

const struct opt_rows options_rows[] = { OPT_ROWS(put_rows),
	OPT_ROWS(read_rows), OPT_ROWS(days_rows), OPT_ROWS(filter_rows),
	OPT_ROWS(store_rows), { 0 } };

void
options_init(struct options *o)
{

	memset(o, 0, sizeof(*o));
	o->part_size = (uint64_t)64 << 20;
	o->max_line = NDJSON_MAX_LINE;
	o->store.retry_ms = 600000;
	o->max_windows = UINT64_MAX;
}

static int
check_operands(const struct options *o, const struct app *app, struct err *e)
{
	const char *what = o->verb == VERB_DAYS ? "JOB" :
	    o->verb == VERB_FILTER ? "-- CMD" : "RUN";

	if (app->noperand == 0)
		return (err_set(e, ERR_USAGE, "no %s given (nf-stage "
		    "--help)", what));
	if (o->verb == VERB_FILTER)
		return (0);
	if (app->noperand > 1 && o->verb != VERB_CAT)
		return (err_set(e, ERR_USAGE, "%s takes one %s",
		    app->verb->name, what));
	if (app->noperand > 1 && !o->no_seal)
		return (err_set(e, ERR_USAGE, "several runs cannot be one "
		    "sealed stream: give one run, or use --no-seal"));
	return (0);
}

static int
check_removal(const struct options *o, struct err *e)
{

	if (o->dry_run && o->verb != VERB_LS)
		return (err_set(e, ERR_USAGE, "--dry-run: only with ls "
		    "--remove%s", o->verb == VERB_PUT ? "; nf-stage mark "
		    "prints where put would continue" : ""));
	if (o->remove && !o->orphans)
		return (err_set(e, ERR_USAGE, "--remove needs --orphans"));
	if (o->dry_run && !o->remove)
		return (err_set(e, ERR_USAGE, "--dry-run: ls changes nothing "
		    "without --remove"));
	return (0);
}

/* Parse the instant of option ${name}, if it was given. */
static int
read_option_time(const char *name, const char *text, int64_t *micros,
    struct err *e)
{
	struct dates_fields f;

	if (text != NULL && (dates_parse(text, strlen(text), NULL, &f) == -1 ||
	    dates_micros(&f, micros) == -1))
		return (err_set(e, ERR_USAGE, "%s: not a time with its "
		    "offset such as \"2026-01-31T06:00:00Z\"", name));
	return (0);
}

/* --now, or the clock. */
static int
read_now(struct options *o, struct err *e)
{
	int64_t micros = clock_micros();

	if (read_option_time("--now", o->now_text, &micros, e) == -1)
		return (-1);
	o->now = micros / 1000000;
	return (0);
}

/* Check values that go into run.json unchanged. */
static int
check_window_texts(const struct options *o, struct err *e)
{
	const struct {
		const char *name, *text;
		size_t max;
	} all[] = {
		{ "--window", o->window, RUN_INFO_WINDOW - 1 },
		{ "--from", o->from, RUN_INFO_TIME - 1 },
		{ "--until", o->until, RUN_INFO_TIME - 1 },
		{ "--since", o->since, RUN_INFO_SINCE - 1 },
		{ "--lookback", o->lookback, RUN_INFO_WINDOW - 1 },
	};
	int64_t micros;
	size_t i, n;

	if (read_option_time("--from", o->from, &micros, e) == -1 ||
	    read_option_time("--until", o->until, &micros, e) == -1)
		return (-1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].text == NULL)
			continue;
		n = strlen(all[i].text);
		if (n > all[i].max)
			return (err_set(e, ERR_USAGE, "%s: over %zu bytes",
			    all[i].name, all[i].max));
		if (!utf8_valid(all[i].text, n))
			return (err_set(e, ERR_USAGE, "%s: not UTF-8",
			    all[i].name));
	}
	return (0);
}

int
options_check(struct options *o, struct app *app)
{
	struct err *e = &app->err;

	o->verb = (enum options_verb)app->verb_index;
	o->store.retried = &app->stats.retried;
	o->store.throttled_ms = &app->stats.throttled_ms;
	o->store.metrics = app->metrics;
	if (check_operands(o, app, e) == -1 || check_removal(o, e) == -1 ||
	    read_now(o, e) == -1)
		return (-1);
	return (check_window_texts(o, e));
}

void
options_free(struct options *o)
{

	opt_list_free(&o->metadata);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/stream/ndjson.h"

static const char synopsis[] =
    "nf-stage [put] [options] RUN\n"
    "nf-stage cat [options] RUN ...\n"
    "nf-stage ls [options] PREFIX\n"
    "nf-stage mark RUN\n"
    "nf-stage verify RUN\n"
    "nf-stage note RUN < OBJECT\n"
    "nf-stage notes RUN";

static const char *const emits[] = { "records", "manifest", "none", NULL };
static const char *const verbs[] = { "put", "cat", "ls", "mark", "verify",
	"note", "notes" };

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))
#define ONLY(verb) .verbs = 1U << VERB_##verb

static void
set_defaults(struct options *o)
{

	memset(o, 0, sizeof(*o));
	o->part_size = (uint64_t)64 << 20;
	o->max_line = NDJSON_MAX_LINE;
	o->store.retry_ms = 600000;
}

/* An option that says nothing for this verb is a mistake worth telling. */
static int
check_verb(const struct options *o, const struct opt *table, size_t n,
    int argc, char **argv, struct err *e)
{
	const struct opt *lost;
	char only[64] = "";
	size_t v, used = 0;

	lost = opt_misplaced(table, n, argc, argv, 1U << o->verb);
	for (v = 0; lost != NULL && v < NVERBS; v++)
		if ((lost->verbs & 1U << v) != 0)
			used += (size_t)snprintf(only + used,
			    sizeof(only) - used, "%s%s", used > 0 ? ", " : "",
			    verbs[v]);
	if (lost != NULL && lost->var == &o->dry_run)
		return (err_set(e, ERR_USAGE, "--dry-run: only with ls "
		    "--remove%s", o->verb == VERB_PUT ? "; nf-stage mark "
		    "prints where put would go on" : ""));
	if (lost != NULL)
		return (err_set(e, ERR_USAGE, "--%s: only with %s",
		    lost->name, only));
	if (o->remove && !o->orphans)
		return (err_set(e, ERR_USAGE, "--remove goes with --orphans"));
	if (o->dry_run && !o->remove)
		return (err_set(e, ERR_USAGE, "--dry-run: ls changes nothing "
		    "without --remove"));
	if (o->window != NULL && strlen(o->window) > 256)
		return (err_set(e, ERR_USAGE, "--window: over 256 bytes"));
	if (o->window != NULL && !utf8_valid(o->window, strlen(o->window)))
		return (err_set(e, ERR_USAGE, "--window: not UTF-8"));
	return (0);
}

/* Split the operands into a verb and the rest. */
static int
operands(struct options *o, int argc, char **argv, int first, struct err *e)
{
	size_t i;

	o->verb = VERB_PUT;
	for (i = 0; first < argc && i < NVERBS; i++)
		if (strcmp(argv[first], verbs[i]) == 0) {
			o->verb = (enum options_verb)i;
			first++;
			break;
		}
	if (i == NVERBS && opt_no_verb(argv[first], verbs, NVERBS, e) == -1)
		return (-1);
	o->uri = argv + first;
	o->nuri = argc - first;
	if (o->nuri == 0)
		return (err_set(e, ERR_USAGE, "no RUN given (nf-stage "
		    "--help)"));
	if (o->nuri > 1 && o->verb != VERB_CAT)
		return (err_set(e, ERR_USAGE, "%s takes one RUN",
		    verbs[o->verb]));
	if (o->nuri > 1 && !o->no_seal)
		return (err_set(e, ERR_USAGE, "several runs are no sealed "
		    "stream: cat one, or use --no-seal"));
	return (0);
}

/* The options of put. */
#define PUT_OPTIONS(o)                                                         \
	{ .kind = OPT_GROUP, .help = "put" },                                  \
	{ .kind = OPT_SIZE, ONLY(PUT),                                         \
	    .name = "part-size", .arg = "BYTES",                               \
	    .var = &(o)->part_size, .min = 1, .max = (uint64_t)1 << 40,        \
	    .help = "end a part at the first mark after so many bytes "        \
	    "of records" },                                                    \
	{ .kind = OPT_NUMBER, ONLY(PUT),                                       \
	    .name = "part-records", .arg = "N",                                \
	    .var = &(o)->part_records, .min = 1, .max = INT64_MAX,             \
	    .help = "or after so many records" },                              \
	{ .kind = OPT_CHOICE, ONLY(PUT),                                       \
	    .name = "emit",                                                    \
	    .arg = "records|manifest|none", .var = &(o)->emit,                 \
	    .choices = emits, .help = "what goes to stdout" },                 \
	{ .kind = OPT_FLAG, ONLY(PUT),                                         \
	    .name = "unsealed", .var = &(o)->unsealed,                         \
	    .help = "commit at the end of an input that has no seal" },        \
	{ .kind = OPT_FLAG, ONLY(PUT),                                         \
	    .name = "plain", .var = &(o)->plain,                               \
	    .help = "do not compress" },                                       \
	{ .kind = OPT_STRING, ONLY(PUT),                                       \
	    .name = "spool", .arg = "DIR",                                     \
	    .var = &(o)->spool,                                                \
	    .help = "keep the part being made in DIR, not in memory" },        \
	{ .kind = OPT_STRING, ONLY(PUT),                                       \
	    .name = "source", .arg = "TEXT",                                   \
	    .var = &(o)->source, .help = "what an unsealed input is "          \
	    "from; another source is another run" },                           \
	{ .kind = OPT_STRING, ONLY(PUT),                                       \
	    .name = "window", .arg = "TEXT",                                   \
	    .var = &(o)->window,                                               \
	    .help = "what the run covers, for run.json" },                     \
	{ .kind = OPT_LIST, ONLY(PUT),                                         \
	    .name = "metadata", .arg = "KEY=VALUE",                            \
	    .var = &(o)->metadata,                                             \
	    .help = "custom metadata of the parts" }

/* Those of cat and ls, and what other verbs share with cat. */
#define READ_OPTIONS(o)                                                        \
	{ .kind = OPT_GROUP, .help = "put and cat" },                          \
	{ .kind = OPT_FLAG, .verbs = 1U << VERB_PUT | 1U << VERB_CAT,          \
	    .name = "no-seal", .var = &(o)->no_seal,                           \
	    .help = "write no seal" },                                         \
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",                \
	    .verbs = 1U << VERB_PUT | 1U << VERB_CAT | 1U << VERB_VERIFY,      \
	    .var = &(o)->max_line, .min = 1, .max = (uint64_t)1 << 29,         \
	    .help = "longest record; of verify too" },                         \
	{ .kind = OPT_GROUP, .help = "cat" },                                  \
	{ .kind = OPT_STRING, ONLY(CAT),                                       \
	    .name = "part", .arg = "N/M|NAME",                                 \
	    .var = &(o)->part, .help = "share N of M of the parts, or "        \
	    "one part by its name" },                                          \
	{ .kind = OPT_FLAG, ONLY(CAT),                                         \
	    .name = "no-manifest",                                             \
	    .var = &(o)->no_manifest,                                          \
	    .help = "read what is not committed" },                            \
	{ .kind = OPT_GROUP, .help = "ls" },                                   \
	{ .kind = OPT_FLAG, ONLY(LS),                                          \
	    .name = "orphans", .var = &(o)->orphans,                           \
	    .help = "only what no manifest names" },                           \
	{ .kind = OPT_FLAG, ONLY(LS),                                          \
	    .name = "remove", .var = &(o)->remove,                             \
	    .help = "and remove it" },                                         \
	{ .kind = OPT_FLAG, ONLY(LS),                                          \
	    .letter = 'n', .name = "dry-run",                                  \
	    .var = &(o)->dry_run,                                              \
	    .help = "show what --remove would remove" }

/* What a store may need, whatever the verb. */
#define STORE_OPTIONS(o)                                                       \
	{ .kind = OPT_GROUP, .help = "Cloud Storage" },                        \
	{ .kind = OPT_STRING, .name = "endpoint", .arg = "URL",                \
	    .var = &(o)->store.endpoint,                                       \
	    .env = "NF_STORAGE_ENDPOINT",                                      \
	    .help = "instead of https://storage.googleapis.com" },             \
	{ .kind = OPT_STRING, .name = "user-project", .arg = "PROJECT",        \
	    .var = &(o)->store.user_project,                                   \
	    .env = "NF_USER_PROJECT",                                          \
	    .help = "who pays for the requests" },                             \
	{ .kind = OPT_STRING, .name = "kms-key", .arg = "NAME",                \
	    .var = &(o)->store.kms_key, .env = "NF_KMS_KEY",                   \
	    .help = "key that encrypts what is stored" },                      \
	{ .kind = OPT_STRING, .name = "storage-class", .arg = "CLASS",         \
	    .var = &(o)->store.storage_class,                                  \
	    .env = "NF_STORAGE_CLASS",                                         \
	    .help = "storage class of what is stored" },                       \
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",           \
	    .var = &(o)->store.retry_ms, .max = 86400000,                      \
	    .help = "how long one request is tried again; 0: do not "          \
	    "retry" }

int
options_read(struct options *o, struct app *app, int argc, char **argv)
{
	const struct opt table[] = {
		PUT_OPTIONS(o),
		READ_OPTIONS(o),
		STORE_OPTIONS(o),
		APP_OPTIONS(app),
	};
	const size_t n = sizeof(table) / sizeof(table[0]);
	int first, rc;

	set_defaults(o);
	rc = app_start(app, table, n, synopsis, argc, argv, &first);
	if (rc == -1 && (operands(o, argc, argv, first, &app->err) == -1 ||
	    check_verb(o, table, n, argc, argv, &app->err) == -1))
		rc = app_finish(app, -1);
	if (rc != -1)
		options_free(o);
	return (rc);
}

void
options_free(struct options *o)
{

	opt_list_free(&o->metadata);
}

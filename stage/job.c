/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/zone.h"
#include "lib/json/config.h"

#define MAX_FILE ((size_t)1 << 20)
#define MAX_NAME 63
#define MAX_PATH ((size_t)4096)
#define MINUTE_S 60
#define MAX_LOOKBACK 1000

static const char *const members[] = { "$schema", "nf_job", "name", "source",
	"window", "stage", "mapping", "target", "rejects", "except",
	"require_proof", "empty", "late_after", "schedule", "load", NULL };

static int
check_version(const struct config *c, struct err *e)
{
	struct config m;
	int64_t version;

	if (!config_member(c, "nf_job", &m))
		return (config_error(c, e, "no \"nf_job\": expected the "
		    "version of the format, 1"));
	return (config_number(&m, 1, 1, &version, e));
}

/* Read a required member; the text is borrowed. */
static int
need_text(const struct config *c, const char *key, const char **text,
    struct err *e)
{

	*text = NULL;
	if (config_get_string(c, key, text, e) == -1)
		return (-1);
	if (*text == NULL || **text == '\0')
		return (config_error_at(c, key, e, "missing"));
	return (0);
}

/* ${text} after ${before}, in the folder of the job file if it is a path. */
static int
resolve(const char *folder, const char *before, const char *text, char **out,
    struct err *e)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, MAX_PATH);
	buf_puts(&b, before);
	if (text[0] != '/')
		buf_puts(&b, folder);
	buf_puts(&b, text);
	if (buf_cstr(&b) == NULL || (*out = strdup(buf_cstr(&b))) == NULL)
		rc = err_nomem(e);
	buf_free(&b);
	return (rc);
}

static int
read_job_name(struct job *j, const struct config *c, struct err *e)
{
	const char *text;
	size_t n;

	if (need_text(c, "name", &text, e) == -1)
		return (-1);
	n = strlen(text);
	if (n > MAX_NAME || strspn(text,
	    "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return (config_error_at(c, "name", e, "not 1 to %d of a-z, "
		    "0-9 and -", MAX_NAME));
	return ((j->name = strdup(text)) == NULL ? err_nomem(e) : 0);
}

/* "gs://BUCKET/PREFIX" or "file:///FOLDER", without a "/" at its end. */
static int
read_prefix(const struct config *c, const char *key, const char *text,
    char **out, struct err *e)
{
	size_t n = strlen(text);

	if (strncmp(text, "gs://", 5) != 0 && strncmp(text, "file:///", 8) != 0)
		return (config_error_at(c, key, e, "neither gs://BUCKET/PREFIX "
		    "nor file:///FOLDER"));
	while (n > 0 && text[n - 1] == '/')
		n--;
	return ((*out = strndup(text, n)) == NULL ? err_nomem(e) : 0);
}

/*
 * A database has the same name for every path of the job file: the ledger
 * compares it with the names in loads.
 */
static int
read_job_target(struct job *j, const struct config *c, const char *folder,
    struct err *e)
{
	static const char lite[] = "sqlite:";
	char real[PATH_MAX], place[PATH_MAX + 1];
	const char *text;

	if (need_text(c, "target", &text, e) == -1)
		return (-1);
	if (strncmp(text, "bigtable://", 11) == 0)
		return ((j->target = strdup(text)) == NULL ? err_nomem(e) : 0);
	if (strncmp(text, lite, sizeof(lite) - 1) != 0 ||
	    text[sizeof(lite) - 1] == '\0')
		return (config_error_at(c, "target", e, "neither "
		    "bigtable://PROJECT/INSTANCE nor sqlite:FILE"));
	if (realpath(folder[0] == '\0' ? "." : folder, real) == NULL)
		return (err_errno(e, ERR_IO, "the folder of the job"));
	snprintf(place, sizeof(place), "%s%s", real,
	    strcmp(real, "/") == 0 ? "" : "/");
	return (resolve(place, lite, text + sizeof(lite) - 1, &j->target, e));
}

/* The mapping: a path, or the name of an installed mapping. */
static int
read_mapping(struct job *j, const struct config *c, const char *folder,
    struct err *e)
{
	const char *text;

	if (need_text(c, "mapping", &text, e) == -1)
		return (-1);
	if (strchr(text, '/') == NULL && strstr(text, ".json") == NULL)
		folder = "";
	return (resolve(folder, "", text, &j->mapping, e));
}

/* The list of rows that were removed. */
static int
read_except(struct job *j, const struct config *c, const char *folder,
    struct err *e)
{
	const char *text = NULL;

	if (config_get_string(c, "except", &text, e) == -1)
		return (-1);
	if (text != NULL && text[0] == '\0')
		return (config_error_at(c, "except", e, "empty"));
	return (text == NULL ? 0 : resolve(folder, "", text, &j->except, e));
}

static int
read_places(struct job *j, const struct config *c, const char *folder,
    struct err *e)
{
	const char *text;

	if (need_text(c, "source", &text, e) == -1 ||
	    resolve(folder, "", text, &j->source, e) == -1 ||
	    need_text(c, "stage", &text, e) == -1 ||
	    read_prefix(c, "stage", text, &j->stage, e) == -1)
		return (-1);
	if (read_mapping(j, c, folder, e) == -1 ||
	    read_except(j, c, folder, e) == -1)
		return (-1);
	return (read_job_target(j, c, folder, e));
}

/* "10", "0.1%". */
static bool
is_limit(const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0)
		return (false);
	text += n;
	if (*text == '.') {
		n = strspn(++text, "0123456789");
		if (n == 0)
			return (false);
		text += n;
	}
	return (*text == '\0' || strcmp(text, "%") == 0);
}

static int
read_rejects(struct job *j, const struct config *top, struct err *e)
{
	static const char *const keys[] = { "max", "stage", NULL };
	const char *stage = NULL;
	struct config c;
	int rc;

	if ((rc = config_get_object(top, "rejects", keys, &c, e)) != 1)
		return (rc);
	if (need_text(&c, "max", &j->max_rejects, e) == -1)
		return (-1);
	if (!is_limit(j->max_rejects))
		return (config_error_at(&c, "max", e, "not a number, or a "
		    "percentage such as \"0.1%%\""));
	if (config_get_string(&c, "stage", &stage, e) == -1)
		return (-1);
	return (stage == NULL ? 0 : read_prefix(&c, "stage", stage,
	    &j->reject_stage, e));
}

/* "15m", "1h" and so on: divisors of a day, so that every day begins alike. */
static int
read_every(struct job *j, const struct config *c, struct err *e)
{
	const char *text, *p;
	uint64_t n = 0;

	if (need_text(c, "every", &text, e) == -1)
		return (-1);
	if (strcmp(text, "cursor") == 0)
		j->plan.every = JOB_CURSOR;
	else if (strcmp(text, "1d") == 0)
		j->plan.every = JOB_DAY;
	else if (strcmp(text, "1w") == 0)
		j->plan.every = JOB_WEEK;
	else if (strcmp(text, "1mo") == 0)
		j->plan.every = JOB_MONTH;
	else {
		j->plan.every = JOB_MINUTES;
		p = text;
		if (number_next(&p, 1440, &n) == -1 || n == 0)
			n = 0;
		else if (strcmp(p, "h") == 0)
			n *= 60;
		else if (strcmp(p, "m") != 0)
			n = 0;
		if (n < 5 || n > 720 || 1440 % n != 0)
			return (config_error_at(c, "every", e, "not \"5m\" to "
			    "\"12h\" (a part of a day), \"1d\", \"1w\", "
			    "\"1mo\" or \"cursor\""));
		j->plan.step_s = (int64_t)n * MINUTE_S;
	}
	return (0);
}

static int
read_seconds(const struct config *c, const char *key, int64_t *seconds,
    struct err *e)
{
	uint64_t ms = 0;

	if (config_get_duration(c, key, &ms, e) == -1)
		return (-1);
	*seconds = (int64_t)(ms / 1000);
	return (0);
}

static int
read_zone(struct job *j, const struct config *c, struct err *e)
{
	struct err why = { .class = ERR_NONE };

	j->zone_name = "UTC";
	if (config_get_string(c, "zone", &j->zone_name, e) == -1)
		return (-1);
	if ((j->plan.zone = zone_open(j->zone_name, &why)) == NULL)
		return (config_error_at(c, "zone", e, "%s", why.msg));
	return (0);
}

static int
read_since(struct job *j, const struct config *c, struct err *e)
{
	struct job_window w;
	const char *text;

	if (j->plan.every == JOB_CURSOR) {
		j->since = 1; /* its first window */
		j->first = "0";
		return (config_get_string(c, "since", &j->first, e));
	}
	if (need_text(c, "since", &text, e) == -1)
		return (-1);
	if (job_window_read(&j->plan, text, &w) == -1)
		return (config_error_at(c, "since", e, "not the name of a "
		    "window: a day such as \"2026-01-31\" where one begins, "
		    "\"2026-01-31T1400\" or \"2026-01\""));
	j->since = w.from;
	return (0);
}

static int
read_window(struct job *j, const struct config *top, struct err *e)
{
	static const char *const keys[] = { "every", "zone", "since",
		"lookback", "delay", NULL };
	struct config c;
	int rc;

	rc = config_get_object(top, "window", keys, &c, e);
	if (rc == 0)
		return (config_error_at(top, "window", e, "missing"));
	if (rc == -1 || read_every(j, &c, e) == -1 ||
	    read_zone(j, &c, e) == -1 || read_since(j, &c, e) == -1 ||
	    read_seconds(&c, "delay", &j->delay_s, e) == -1 ||
	    config_get_number(&c, "lookback", 0, MAX_LOOKBACK, &j->lookback, e)
	    == -1)
		return (-1);
	if (j->plan.every == JOB_CURSOR && j->lookback > 0)
		return (config_error_at(&c, "lookback", e, "a feed with a "
		    "cursor has nothing to look back to"));
	return (0);
}

/* Settings to load with Spark: used by schedulers, but checked here too. */
static int
check_spark(const struct config *load, struct err *e)
{
	static const char *const keys[] = { "executors", "hours", "version",
		NULL };
	const char *version = NULL;
	struct config c;
	uint64_t n;
	size_t digits;
	int rc;

	if ((rc = config_get_object(load, "spark", keys, &c, e)) != 1)
		return (rc);
	if (config_get_number(&c, "executors", 2, 2000, &n, e) == -1 ||
	    config_get_number(&c, "hours", 1, 336, &n, e) == -1 ||
	    config_get_string(&c, "version", &version, e) == -1)
		return (-1);
	if (version == NULL)
		return (0);
	digits = strspn(version, "0123456789");
	if (digits == 0 || version[digits] != '.' || version[digits + 1] == '\0'
	    || version[digits + 1 + strspn(version + digits + 1,
	    "0123456789")] != '\0')
		return (config_error_at(&c, "version", e, "not a version of "
		    "the runtime such as \"2.3\""));
	return (0);
}

/* How a scheduler divides the load of a window. */
static int
check_load(const struct config *top, struct err *e)
{
	static const char *const keys[] = { "shares", "spark", NULL };
	struct config c;
	uint64_t n;
	int rc;

	if ((rc = config_get_object(top, "load", keys, &c, e)) != 1)
		return (rc);
	if (config_get_number(&c, "shares", 1, 1000, &n, e) == -1)
		return (-1);
	return (check_spark(&c, e));
}

static int
read_job(struct job *j, const struct config *c, const char *folder,
    struct err *e)
{
	static const char *const ways[] = { "final", "retry", NULL };
	static const char *const proofs[] = { "total", "end", NULL };
	const char *schedule = NULL;
	int empty = 0, proof = -1;

	if (config_object(c, members, e) == -1 || check_version(c, e) == -1 ||
	    read_job_name(j, c, e) == -1 || read_places(j, c, folder, e) == -1
	    || read_window(j, c, e) == -1 || read_rejects(j, c, e) == -1 ||
	    read_seconds(c, "late_after", &j->late_s, e) == -1 ||
	    check_load(c, e) == -1 ||
	    config_get_string(c, "schedule", &schedule, e) == -1 ||
	    config_get_choice(c, "require_proof", proofs, &proof, e) == -1 ||
	    config_get_choice(c, "empty", ways, &empty, e) == -1)
		return (-1);
	j->retry_empty = empty == 1;
	j->require_proof = proof == -1 ? NULL : proofs[proof];
	if (j->retry_empty && j->plan.every == JOB_CURSOR)
		return (config_error_at(c, "empty", e, "\"retry\" is not for "
		    "a feed with a cursor: its next window looks again"));
	if (j->retry_empty && j->late_s == 0)
		return (config_error_at(c, "empty", e, "\"retry\" needs "
		    "\"late_after\", which ends it"));
	return (0);
}

int
job_read(struct job *j, const char *path, struct err *e)
{
	const struct config_file file = { .name = path, .what = "the job",
		.code = "bad_job", .shows = true };
	struct config root = { .file = &file };
	const char *slash = strrchr(path, '/');
	char *folder;
	struct buf b;
	int rc = -1;

	memset(j, 0, sizeof(*j));
	buf_init(&b, MAX_FILE);
	folder = strndup(path, slash == NULL ? 0 : (size_t)(slash + 1 - path));
	if (folder == NULL)
		err_nomem(e);
	else if (io_slurp(path, MAX_FILE, &b, e) == 0 && (j->doc =
	    config_parse(&file, b.data, b.len, e)) != NULL) {
		root.json = j->doc;
		rc = read_job(j, &root, folder, e);
	}
	free(folder);
	buf_free(&b);
	return (rc);
}

void
job_free(struct job *j)
{

	json_decref(j->doc);
	zone_free(j->plan.zone);
	free(j->name);
	free(j->source);
	free(j->stage);
	free(j->mapping);
	free(j->target);
	free(j->reject_stage);
	free(j->except);
	memset(j, 0, sizeof(*j));
}

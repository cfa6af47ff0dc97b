/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_ls.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "lib/report/msg.h"
#include "manifest.h"
#include "options.h"
#include "receipt.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "stage/store/store_open.h"

#define MAX_LIST ((size_t)256 << 20) /* bytes of lines to sort */

/* One line of output and its sort key. */
struct line {
	int64_t when;
	size_t at, len; /* in text */
};

struct listing {
	struct store *s;
	const struct options *o;
	const struct manifest *m; /* NULL: not committed */
	struct buf text;
	struct buf lines; /* of struct line */
	uint64_t n;
	bool seen; /* there is at least one object */
};

static int
add_list_line(struct listing *l, struct buf *b, int64_t when, struct err *e)
{
	struct line line = { .when = when, .at = l->text.len, .len = b->len };
	int rc;

	rc = b->failed || buf_append(&l->text, b->data, b->len) == -1 ||
	    buf_append(&l->lines, &line, sizeof(line)) == -1
	    ? err_nomem(e) : 0;
	buf_free(b);
	l->n++;
	return (rc);
}

static int
compare_newest(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	if (a->when != b->when)
		return (a->when < b->when ? 1 : -1);
	return (a->at < b->at ? 1 : -1);
}

static int
write_list(struct listing *l, struct err *e)
{
	struct buf out;
	size_t i, n = l->lines.len / sizeof(struct line);
	struct line *line = (void *)l->lines.data;

	buf_init(&out, l->text.len);
	if (n > 0)
		qsort(line, n, sizeof(*line), compare_newest);
	for (i = 0; i < n; i++)
		buf_append(&out, l->text.data + line[i].at, line[i].len);
	if (out.failed)
		err_nomem(e);
	else if (out.len > 0 &&
	    io_write(STDOUT_FILENO, out.data, out.len, e) == -1)
		err_prefix(e, "stdout");
	buf_free(&out);
	return (e->class == ERR_NONE ? 0 : -1);
}

/* Does the name have this prefix and no "/" after it? */
static bool
begins_with(const char *name, const char *with)
{
	size_t n = strlen(with);

	return (strncmp(name, with, n) == 0 &&
	    strchr(name + n, '/') == NULL);
}

/* The kind of an object, by its full name; --remove depends on it. */
static const char *
find_kind(const char *name)
{
	char hash[PART_HASH];
	uint64_t index;

	if (part_split_name(name, &index, hash) == 0)
		return ("part");
	if (receipt_split_name(name, &index, hash) == 0)
		return ("receipt");
	if (strcmp(name, MANIFEST_NAME) == 0)
		return ("manifest");
	if (strcmp(name, RUN_INFO_NAME) == 0)
		return ("run");
	if (begins_with(name, "_nf/note-"))
		return ("note");
	if (begins_with(name, ".nf-") || begins_with(name, "_nf/.nf-"))
		return ("temporary");
	return ("other");
}

/* Does the manifest name it, or is it not an object that put creates? */
static bool
is_in_manifest(const struct manifest *m, const char *name)
{
	char hash[PART_HASH];
	struct receipt part;
	uint64_t i;
	bool is_part = part_split_name(name, &i, hash) == 0;

	if (!is_part && receipt_split_name(name, &i, hash) == -1)
		return (strcmp(find_kind(name), "temporary") != 0);
	if (i >= m->parts.n)
		return (false);
	parts_get(&m->parts, i, &part);
	return (is_part ? strcmp(name, part.part) == 0
	    : strcmp(hash, part.hash) == 0);
}

/* Begin a line for people with the time ${micros} and ${what}. */
static void
put_long_head(struct buf *b, int64_t micros, const char *what)
{
	char now[CLOCK_TEXT];

	clock_rfc3339(micros, now);
	buf_printf(b, "%.10s %.8sZ  %-11s", now, now + 11, what);
}

/* Append a name, which may contain anything, and end the line. */
static void
put_long_name(struct buf *b, const char *name)
{

	buf_puts(b, "  ");
	for (; *name != '\0'; name++)
		buf_putc(b, (uint8_t)*name < 0x20 || *name == 0x7f ? '?' :
		    (uint8_t)*name);
	buf_putc(b, '\n');
}

static void
put_object_json(const struct listing *l, const struct store_entry *entry,
    struct buf *b)
{
	struct buf name;

	buf_init(&name, 4 * STORE_MAX_NAME);
	buf_puts(&name, store_uri(l->s));
	buf_puts(&name, entry->name);
	buf_putc(b, '{');
	jsonw_str(b, "object", buf_cstr(&name));
	buf_free(&name);
	jsonw_str(b, "kind", find_kind(entry->name));
	jsonw_u64(b, "size", entry->info.size);
	jsonw_u64(b, "generation", entry->info.generation);
	jsonw_i64(b, "updated", entry->info.updated);
	if (l->o->orphans)
		jsonw_bool(b, "removed", l->o->remove && !l->o->dry_run);
	buf_puts(b, "}\n");
}

static int
add_list_object(void *arg, const struct store_entry *entry, struct err *e)
{
	struct listing *l = arg;
	struct buf b;

	if (l->o->orphans && is_in_manifest(l->m, entry->name))
		return (0);
	if (l->o->remove && !l->o->dry_run && store_remove(l->s, entry->name,
	    entry->info.generation, e) == -1)
		return (-1);
	buf_init(&b, 32 * STORE_MAX_NAME);
	if (l->o->readable) {
		put_long_head(&b, entry->info.updated, find_kind(entry->name));
		buf_printf(&b, "%12" PRIu64 " bytes", entry->info.size);
		put_long_name(&b, entry->name);
	} else {
		put_object_json(l, entry, &b);
	}
	return (add_list_line(l, &b, entry->info.updated, e));
}

/* The store under that prefix, or NULL. */
static struct store *
open_subfolder(const struct listing *l, const char *name, struct err *e)
{
	struct store *sub = NULL;
	struct buf b;

	buf_init(&b, 4 * STORE_MAX_NAME);
	buf_puts(&b, store_uri(l->s));
	buf_puts(&b, name);
	if (buf_cstr(&b) == NULL)
		err_nomem(e);
	else if ((sub = store_open(buf_cstr(&b),
	    STORE_OPEN_RUN, &l->o->store, e)) == NULL)
		err_prefix(e, "in %s", store_uri(l->s));
	buf_free(&b);
	return (sub);
}

static void
put_run_json(struct store *s, const struct run_info *run,
    const struct manifest *m, struct buf *b)
{

	buf_putc(b, '{');
	jsonw_str(b, "uri", store_uri(s));
	run_info_members(run, b);
	jsonw_bool(b, "committed", m != NULL);
	if (m != NULL) {
		jsonw_i64(b, "end", m->end);
		jsonw_u64(b, "parts", m->parts.n);
		jsonw_u64(b, "records", m->totals.records);
		jsonw_u64(b, "raw_size", m->totals.raw_size);
		proof_write(&m->proof, b);
	}
	buf_puts(b, "}\n");
}

static void
put_run_long(struct store *s, const struct run_info *run,
    const struct manifest *m, struct buf *b)
{

	put_long_head(b, run->start, m != NULL ? "committed" : "unfinished");
	if (m != NULL)
		buf_printf(b, "%12" PRIu64 " records %8.1f MB",
		    m->totals.records, (double)m->totals.raw_size / 1e6);
	else
		buf_printf(b, "%32s", "");
	put_long_name(b, store_uri(s));
}

/* Add a line if s is a run. */
static int
add_if_run(struct listing *l, struct store *s, struct err *e)
{
	struct run_info run;
	struct manifest m;
	struct buf b;
	int rc;

	manifest_init(&m);
	if ((rc = run_info_get(s, &run, e)) == 1 &&
	    (rc = manifest_get(s, &m, e)) != -1) {
		buf_init(&b, (size_t)16 << 10);
		(l->o->readable ? put_run_long : put_run_json)(s, &run,
		    rc == 1 ? &m : NULL, &b);
		rc = add_list_line(l, &b, run.start, e);
	}
	manifest_fini(&m);
	return (rc == -1 ? -1 : 0);
}

/*
 * Handle a prefix under s; a damaged or foreign one does not hide the others.
 */
static int
add_run(void *arg, const struct store_entry *entry, struct err *e)
{
	struct listing *l = arg;
	struct err why = { .class = ERR_NONE };
	struct store *sub;
	int rc = -1;

	l->seen = true;
	if (entry->name[strlen(entry->name) - 1] != '/')
		return (0);
	if ((sub = open_subfolder(l, entry->name, &why)) != NULL)
		rc = add_if_run(l, sub, &why);
	store_close(sub);
	if (rc == 0)
		return (0);
	if (why.class != ERR_DATA && why.class != ERR_USAGE &&
	    why.class != ERR_PERM) {
		*e = why;
		return (-1);
	}
	msg_log(MSG_WARNING, "left_out", "left out of the list: %s", why.msg);
	return (0);
}

/* List the runs directly under a prefix, which must contain something. */
static int
collect_runs(struct listing *l, struct err *e)
{
	const char *uri = store_uri(l->s), *slash = strchr(uri + 5, '/');
	bool bucket = strncmp(uri, "gs://", 5) == 0 &&
	    (slash == NULL || slash[1] == '\0');

	if (store_list(l->s, "", STORE_FLAT, add_run, l, e) == -1)
		return (-1);
	return (l->seen || bucket ? 0 : manifest_no_run(l->s, e));
}

/* Fill l with the requested lines. */
static int
collect_list(struct listing *l, struct manifest *m, struct err *e)
{
	struct store_info info;
	int rc;

	if ((rc = store_stat(l->s, RUN_INFO_NAME, &info, e)) == -1)
		return (-1);
	if (rc == 0 && !l->o->orphans)
		return (collect_runs(l, e));
	if (rc == 1 && l->o->orphans) {
		if ((rc = manifest_get(l->s, m, e)) == -1)
			return (-1);
		l->m = m;
	}
	if (rc == 0)
		return (err_set_code(e, ERR_TEMP, "not_committed", "%s: not "
		    "committed: nothing in it is known to be garbage yet",
		    store_uri(l->s)));
	return (store_list(l->s, "", STORE_DEEP, add_list_object, l, e));
}

int
cmd_ls(struct store *s, const struct options *o, struct app *app)
{
	struct listing l = { .s = s, .o = o };
	struct manifest m;
	int rc;

	manifest_init(&m);
	buf_init(&l.text, MAX_LIST);
	buf_init(&l.lines, MAX_LIST);
	rc = collect_list(&l, &m, &app->err);
	if (rc == 0)
		rc = write_list(&l, &app->err);
	app->stats.records_out = l.n;
	buf_free(&l.text);
	buf_free(&l.lines);
	manifest_fini(&m);
	return (rc);
}

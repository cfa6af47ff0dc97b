/* SPDX-License-Identifier: Apache-2.0 */
#include "cat_uncommitted.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "emit.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/stream/stream.h"
#include "options.h"
#include "parts.h"
#include "reader.h"
#include "stage/store/store.h"

#define MAX_NAMES ((size_t)64 << 20) /* bytes of names to sort */

static bool
has_ending(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return (n > m && strcmp(name + n - m, end) == 0);
}

/* Remember the name of an object of records: each with its NUL. */
static int
collect_ndjson(void *arg, const struct store_entry *entry, struct err *e)
{
	struct buf *names = arg;

	if (!has_ending(entry->name, ".ndjson") &&
	    !has_ending(entry->name, ".ndjson.gz"))
		return (0);
	return (buf_append(names, entry->name, strlen(entry->name) + 1) == -1
	    ? err_nomem(e) : 0);
}

static int
compare_names(const void *a, const void *b)
{

	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* Write the objects whose names are in names, sorted. */
static int
write_objects(struct store *s, const struct buf *names, struct reader *r,
    struct stream_out *out, struct err *e)
{
	const char *at = (const char *)names->data, *end = at + names->len;
	struct reader_found found;
	const char **name;
	size_t i, n = 0;
	int rc = 1;

	if (names->len == 0)
		return (err_set_code(e, ERR_CONFIG, "not_committed", "%s: no "
		    "NDJSON there", store_uri(s)));
	for (; at < end; at += strlen(at) + 1)
		n++;
	if ((name = calloc(n, sizeof(*name))) == NULL)
		return (err_nomem(e));
	for (i = 0, at = (const char *)names->data; i < n;
	    i++, at += strlen(at) + 1)
		name[i] = at;
	qsort(name, n, sizeof(*name), compare_names);
	for (i = 0; rc == 1 && i < n; i++)
		if ((rc = reader_object(r, s, name[i], NULL, out, &found,
		    e)) == 0)
			rc = store_vanished(s, name[i], e);
	free(name);
	return (rc == 1 ? 0 : -1);
}

int
cat_uncommitted(struct store *s, const struct options *o, struct stream_out
    *out, struct app *app)
{
	struct err *e = &app->err;
	struct reader *r;
	struct parts parts;
	struct buf names;
	int rc;

	if (o->part != NULL)
		return (err_set(e, ERR_USAGE, "--part: %s has no manifest "
		    "that names its parts", store_uri(s)));
	if ((r = reader_new((size_t)o->max_line, e)) == NULL)
		return (-1);
	parts_init(&parts);
	buf_init(&names, MAX_NAMES);
	if ((rc = chain_longest(s, &parts, e)) == 1)
		rc = emit_parts(r, s, &parts, out, e);
	else if (rc == 0 && (rc = store_list(s, "", STORE_FLAT,
	    collect_ndjson, &names, e)) == 0)
		rc = write_objects(s, &names, r, out, e);
	if (rc == 0)
		rc = stream_out_end(out, NULL, e);
	app->stats.records_in += out->records;
	app->stats.records_out += out->records;
	buf_free(&names);
	parts_free(&parts);
	reader_free(r);
	return (rc);
}

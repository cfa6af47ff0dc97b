/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_cat.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cat_uncommitted.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "manifest.h"
#include "options.h"
#include "parts.h"
#include "reader.h"
#include "receipt.h"
#include "stage/store/store.h"

#define MAX_SHARES 1000000

/* The requested parts: share n of m, or the part called name. */
struct share {
	uint64_t n, m;
	const char *name;
	/* since choose_parts: */
	size_t first, parts;        /* which they are, and how many */
	struct part_totals before;  /* of the parts before them */
};

static int
parse_share(const char *text, struct share *share, struct err *e)
{

	memset(share, 0, sizeof(*share));
	share->n = share->m = 1;
	if (text == NULL)
		return (0);
	if (strncmp(text, "part-", 5) == 0) {
		share->name = text;
		return (0);
	}
	if (number_next(&text, MAX_SHARES, &share->n) == 0 && *text == '/' &&
	    number_read(text + 1, 1, MAX_SHARES, &share->m) == 0 &&
	    share->n >= 1 && share->n <= share->m)
		return (0);
	return (err_set(e, ERR_USAGE, "--part: neither N/M nor the name of a "
	    "part"));
}

/*
 * The run is divided into m ranges of equal size, in bytes of its records; a
 * part belongs to the share whose range contains its middle.  ${before}: bytes
 * of the parts before it.
 */
static bool
is_in_share(const struct share *share, const struct manifest *m,
    const struct receipt *part, uint64_t before)
{
	uint64_t all = m->totals.raw_size;
	uint64_t stretch = all / share->m + (all == 0 || all % share->m != 0);

	assert(share->n >= 1 && share->n <= share->m);
	assert(before + part->own.raw_size <= all);
	if (share->name != NULL)
		return (strcmp(share->name, part->part) == 0);
	return ((before + part->own.raw_size / 2) / stretch == share->n - 1);
}

static bool
is_whole(const struct share *share)
{

	return (share->name == NULL && share->m == 1);
}

static int
begin_share(const struct manifest *m, const struct share *share,
    struct stream_out *out, struct err *e)
{
	struct stream_begin b;
	int rc;

	stream_begin_init(&b);
	run_info_begin(&m->run, &b);
	b.share = !is_whole(share);
	b.before = share->before.records;
	rc = stream_out_begin(out, &b, e);
	stream_begin_free(&b);
	return (rc);
}

/* Find the requested parts of the manifest, which are adjacent. */
static int
choose_parts(struct store *s, const struct manifest *m, struct share *share,
    struct err *e)
{
	struct part_totals before = { 0 };
	struct receipt part;
	size_t i;

	for (i = 0; i < m->parts.n; i++) {
		parts_get(&m->parts, i, &part);
		if (is_in_share(share, m, &part, before.raw_size) &&
		    share->parts++ == 0) {
			share->first = i;
			share->before = before;
		}
		before.raw_size += part.own.raw_size;
		before.records += part.own.records;
	}
	if (share->name != NULL && share->parts == 0)
		return (err_set(e, ERR_CONFIG, "%s: the run has no part %s",
		    store_uri(s), share->name));
	return (0);
}

static int
write_parts(struct store *s, const struct manifest *m,
    const struct share *share, struct stream_out *out, struct reader *r,
    struct app *app)
{
	struct receipt part;
	size_t i;
	int rc;

	rc = reader_ahead(r, s, &m->parts, share->first, share->parts,
	    &app->err);
	for (i = 0; rc == 0 && i < share->parts; i++) {
		parts_get(&m->parts, share->first + i, &part);
		rc = reader_part(r, s, &part, out, &app->err);
		if (rc == -1)
			break;
		app->stats.records_in += part.own.records;
		app->stats.records_out += part.own.records;
		app->stats.bytes_in += part.size;
		progress_now(app);
	}
	reader_ahead_end(r);
	return (rc);
}

int
cmd_cat(struct store *s, const struct options *o, struct app *app)
{
	struct reader *r = NULL;
	struct stream_out out;
	struct manifest m;
	struct share share;
	struct err *e = &app->err;
	int rc;

	manifest_init(&m);
	stream_out_init(&out, STDOUT_FILENO);
	if ((rc = parse_share(o->part, &share, e)) == -1)
		goto done;
	if ((rc = manifest_get(s, &m, e)) != 1) {
		if (rc == 0)
			rc = o->no_manifest ? cat_uncommitted(s, o, &out, app)
					    : manifest_missing(s, e);
		goto done;
	}
	app_set_run(app, m.run.run);
	if (is_whole(&share))
		app->expected = m.totals.records;
	rc = -1;
	/* Data loaded from here must belong to a run that stays committed. */
	if (store_settle(s, MANIFEST_NAME, e) == -1 ||
	    manifest_check_run(s, &m, e) == -1)
		goto done;
	if ((r = reader_new((size_t)o->max_line, e)) == NULL ||
	    choose_parts(s, &m, &share, e) == -1 ||
	    (!o->no_seal && begin_share(&m, &share, &out, e) == -1) ||
	    write_parts(s, &m, &share, &out, r, app) == -1 ||
	    stream_out_end(&out, is_whole(&share) ? &m.proof : NULL, e)
	    == -1)
		goto done;
	if (is_whole(&share))
		app->proof = m.proof;
	rc = 0;

done:
	app->stats.bytes_out += out.bytes;
	app->stats.sealed = rc == 0 && out.sealed;
	reader_free(r);
	stream_out_free(&out);
	manifest_fini(&m);
	return (rc);
}

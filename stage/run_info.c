/* SPDX-License-Identifier: Apache-2.0 */
#include "run_info.h"

#include <string.h>

#include "fields.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "stage/store/store.h"
#include "stage/store/store_json.h"

#define MAX_SIZE ((size_t)16 << 10)

void
run_info_members(const struct run_info *r, struct buf *out)
{

	jsonw_str(out, "run", r->run);
	jsonw_str(out, "source", r->source);
	jsonw_str(out, "window", r->window[0] == '\0' ? NULL : r->window);
	jsonw_i64(out, "start", r->start);
	if (r->from[0] != '\0')
		jsonw_str(out, "from", r->from);
	if (r->until[0] != '\0')
		jsonw_str(out, "until", r->until);
	if (r->has_since)
		jsonw_str(out, "since", r->since);
	if (r->lookback[0] != '\0')
		jsonw_str(out, "lookback", r->lookback);
}

int
run_info_parse(struct run_info *r, const struct scan *s, struct err *e)
{

	if (fields_text(s, 0, "run", r->run, sizeof(r->run), e) == -1 ||
	    fields_text(s, 0, "source", r->source, sizeof(r->source), e)
	    == -1 ||
	    fields_text(s, 0, "window", r->window, sizeof(r->window), e)
	    == -1 ||
	    fields_text(s, 0, "from", r->from, sizeof(r->from), e) == -1 ||
	    fields_text(s, 0, "until", r->until, sizeof(r->until), e) == -1 ||
	    fields_text(s, 0, "since", r->since, sizeof(r->since), e) == -1 ||
	    fields_text(s, 0, "lookback", r->lookback, sizeof(r->lookback), e)
	    == -1)
		return (-1);
	r->has_since = scan_member(s, 0, "since", 5) != SCAN_NOT_FOUND;
	return (fields_i64(s, 0, "start", &r->start, e));
}

static int
parse_run_info(void *arg, const struct scan *s, struct err *e)
{

	return (run_info_parse(arg, s, e));
}

int
run_info_get(struct store *s, struct run_info *r, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MAX_SIZE);
	rc = store_json_get(s, RUN_INFO_NAME, &b, parse_run_info, r, e);
	buf_free(&b);
	return (rc);
}

/* Create run.json; 1, 0 if there is one, -1. */
static int
create_run_info(struct store *s, const struct run_info *r, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MAX_SIZE);
	buf_puts(&b, "{\"v\":1");
	run_info_members(r, &b);
	buf_puts(&b, "}\n");
	rc = store_json_put(s, RUN_INFO_NAME, &b, e);
	buf_free(&b);
	return (rc);
}

int
run_info_fix(struct store *s, struct run_info *r, struct err *e)
{
	struct run_info stored;
	int rc;

	if ((rc = run_info_get(s, &stored, e)) == 0) {
		if ((rc = create_run_info(s, r, e)) == -1)
			return (-1);
		if (rc == 1)
			return (0);
		/*
		 * Another writer was first, or we were and the response was
		 * lost.
		 */
		rc = run_info_get(s, &stored, e);
	}
	if (rc == -1)
		return (-1);
	if (rc == 0)
		return (store_vanished(s, RUN_INFO_NAME, e));
	if (strcmp(stored.source, r->source) != 0)
		return (err_set_code(e, ERR_CONFIG, "other_source", "%s: this "
		    "run was fetched from another source; new data needs a new "
		    "run",
		    store_uri(s)));
	if (r->has_since && stored.has_since &&
	    strcmp(stored.since, r->since) != 0)
		return (err_set_code(e, ERR_TEMP, "other_since", "%s: this run "
		    "was begun at another position of the feed; run nf-stage "
		    "days again", store_uri(s)));
	*r = stored;
	return (0);
}

int
run_info_source(const char *text, char hex[SHA256_HEX], struct err *e)
{
	struct sha256 *h;
	int rc;

	if ((h = sha256_new(e)) == NULL)
		return (-1);
	sha256_update(h, text, strlen(text));
	rc = sha256_end(h, hex, e);
	sha256_free(h);
	return (rc);
}

void
run_info_begin(const struct run_info *r, struct stream_begin *b)
{

	memcpy(b->run, r->run, sizeof(b->run));
	memcpy(b->source, r->source, sizeof(b->source));
	b->at = r->start;
}

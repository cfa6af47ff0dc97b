/* SPDX-License-Identifier: Apache-2.0 */
#include "run_info.h"

#include <string.h>

#include "fields.h"
#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "stage/store/store.h"

#define MAX_SIZE ((size_t)16 << 10)

void
run_info_members(const struct run_info *r, struct buf *out)
{

	jsonw_str(out, "run", r->run);
	jsonw_str(out, "source", r->source);
	jsonw_str(out, "window", r->window[0] == '\0' ? NULL : r->window);
	jsonw_i64(out, "start", r->start);
}

int
run_info_parse(struct run_info *r, const struct scan *s, struct err *e)
{

	if (fields_text(s, 0, "run", r->run, sizeof(r->run), e) == -1 ||
	    fields_text(s, 0, "source", r->source, sizeof(r->source), e)
	    == -1 ||
	    fields_text(s, 0, "window", r->window, sizeof(r->window), e)
	    == -1)
		return (-1);
	return (fields_i64(s, 0, "start", &r->start, e));
}

int
run_info_get(struct store *store, struct run_info *r, struct err *e)
{
	struct buf b;
	struct scan s;
	int rc;

	buf_init(&b, MAX_SIZE);
	scan_init(&s);
	if ((rc = store_slurp(store, RUN_INFO_NAME, &b, e)) == 1 &&
	    (scan_text(&s, b.data, b.len, e) == -1 ||
	    run_info_parse(r, &s, e) == -1)) {
		err_prefix(e, "%s%s", store_uri(store), RUN_INFO_NAME);
		rc = -1;
	}
	scan_free(&s);
	buf_free(&b);
	return (rc);
}

/* Create run.json; 1, 0 if there is one, -1. */
static int
create(struct store *s, const struct run_info *r, struct err *e)
{
	struct store_body body = { .type = "application/json" };
	struct store_info info;
	struct buf b;
	int rc;

	buf_init(&b, MAX_SIZE);
	buf_puts(&b, "{\"v\":1");
	run_info_members(r, &b);
	buf_puts(&b, "}\n");
	body.data = b.data;
	body.size = b.len;
	body.crc32c = crc32c_update(0, b.data, b.len);
	rc = b.failed ? err_nomem(e)
		      : store_create(s, RUN_INFO_NAME, &body, &info, e);
	buf_free(&b);
	return (rc);
}

int
run_info_fix(struct store *s, struct run_info *r, struct err *e)
{
	struct run_info stored;
	int rc;

	if ((rc = run_info_get(s, &stored, e)) == 0) {
		if ((rc = create(s, r, e)) != 0)
			return (rc == 1 ? 0 : -1);
		/* Another was first, or we were and its answer was lost. */
		rc = run_info_get(s, &stored, e);
	}
	if (rc == -1)
		return (-1);
	if (rc == 0)
		return (err_set(e, ERR_TEMP, "%s%s: there and gone again",
		    store_uri(s), RUN_INFO_NAME));
	if (strcmp(stored.source, r->source) != 0)
		return (err_set_code(e, ERR_CONFIG, "other_source", "%s: this "
		    "run is of another source; fresh data needs a new run",
		    store_uri(s)));
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

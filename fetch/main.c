/* SPDX-License-Identifier: Apache-2.0 */

/*
 * nf-fetch: the pages of a JSON API, onto stdout as NDJSON.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "exchange.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/io.h"
#include "lib/stream.h"
#include "options.h"
#include "source.h"
#include "walk.h"

#define MAX_RESUME (64U * 1024)
#define BASE_MS 500
#define CAP_MS 60000

/* Secrets are in this process: no core, no look into its memory. */
static void
guard(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

/* The cursor to go on from: NULL for the start. */
static int
get_cursor(const struct options *o, struct buf *b, const char **cursor,
    struct err *e)
{
	const char *text = o->resume;

	*cursor = NULL;
	if (text == NULL)
		return (0);
	if (text[0] == '@') {
		if (io_slurp(text + 1, MAX_RESUME, b, e))
			return (err_prefix(e, "--resume"));
		while (b->len > 0 && (b->data[b->len - 1] == '\n' ||
		    b->data[b->len - 1] == '\r'))
			b->len--;
		text = buf_cstr(b);
		if (text == NULL)
			return (err_nomem(e));
	}
	if (strcmp(text, "null") != 0)
		*cursor = text;
	return (0);
}

static int
fetch(struct app *a, struct options *o, struct source *s)
{
	struct walk_conf conf = { .seal = o->seal, .run = a->run,
		.at = o->at == UINT64_MAX ? clock_micros() : (int64_t)o->at,
		.prefetch = o->prefetch };
	struct exchange_client c = { .source = s, .stats = &a->stats,
		.retry = { .tries = o->tries, .base_ms = BASE_MS,
		.cap_ms = CAP_MS, .wait_ms = o->retry_wait,
		.total_ms = o->retry_total } };
	struct stream_out out;
	struct buf cursor;
	int rc = -1;

	buf_init(&cursor, MAX_RESUME);
	o->http.low_speed = (uint32_t)o->low_speed;
	o->http.low_speed_s = (uint32_t)(o->low_speed_ms / 1000);
	s->page.max_line = o->max_line;
	stream_out_init(&out, STDOUT_FILENO);
	if (get_cursor(o, &cursor, &conf.cursor, &a->err) == 0 &&
	    (c.http = http_new(&o->http, &a->err)) != NULL) {
		rc = walk_run(s, &conf, &c, &out, &a->err);
		a->stats.sealed = rc == 0 && o->seal;
	}
	http_free(c.http);
	stream_out_free(&out);
	buf_free(&cursor);
	return (rc);
}

int
main(int argc, char **argv)
{
	struct app app;
	struct options o;
	struct source s = { 0 };
	json_t *doc;
	int first, rc;

	guard();
	app_init(&app, "nf-fetch");
	options_init(&o, &app);
	rc = app_start(&app, o.table, o.n, options_synopsis, argc, argv,
	    &first);
	if (rc >= 0) {
		options_free(&o);
		return (rc);
	}
	if (argc - first != 1)
		err_set(&app.err, ERR_USAGE, argc == first ?
		    "no URL: nf-fetch [options] URL" :
		    "more than one URL: nf-fetch [options] URL");
	else if ((doc = options_source(&o, argv[first], &app.err)) != NULL &&
	    source_load(&s, doc, &app.err) == 0)
		(void)fetch(&app, &o, &s);
	source_free(&s);
	options_free(&o);
	return (app_finish(&app));
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * nf-fetch: the pages of a JSON API, to stdout as NDJSON.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "cookies.h"
#include "each.h"
#include "exchange.h"
#include "fetch/source/redact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/guard.h"
#include "lib/base/io.h"
#include "lib/base/secret.h"
#include "lib/base/sig.h"
#include "lib/http/http.h"
#include "lib/json/jansson.h"
#include "lib/json/jsonw.h"
#include "lib/stream/stream.h"
#include "options.h"
#include "probe.h"
#include "queue.h"
#include "rate.h"
#include "recording.h"
#include "source_options.h"
#include "walk.h"

static const char synopsis[] =
    "nf-fetch [options] URL\n"
    "nf-fetch [options] -s SOURCE [URL]\n"
    "nf-fetch [options] FILE | -\n"
    "nf-fetch --each [options] URL < RECORDS\n"
    "nf-fetch --probe [options] [-s SOURCE] [URL | FILE]\n"
    "nf-fetch --check | --print | --dry-run [options] [-s SOURCE] [URL]\n";

#define MAX_RESUME (64U * 1024)
#define MAX_SHOWN (8U << 20)
#define CAP_MS 60000
#define RETRY_AFTER_MS 300000 /* the longest to obey */
#define RETRY_BASE_MS 500 /* maximum before the first retry */

/* The cursor to resume from, in ${b}: NULL for the start. */
static int
get_cursor(const struct options *o, struct buf *b, const char **cursor,
    struct err *e)
{
	const char *text = o->resume;
	struct buf file;
	int rc = 0;

	*cursor = NULL;
	if (text == NULL)
		return (0);
	buf_init(&file, MAX_SHOWN);
	if (text[0] == '@') {
		if (io_slurp(text + 1, MAX_RESUME, &file, e) == -1)
			rc = err_prefix(e, "--resume");
		else if ((text = buf_cstr(&file)) == NULL)
			rc = err_nomem(e);
	}
	if (rc == 0) {
		jsonw_compact(b, text, strlen(text));
		if (buf_cstr(b) == NULL)
			rc = err_nomem(e);
	}
	buf_free(&file);
	if (rc == 0 && strcmp((const char *)b->data, "null") != 0)
		*cursor = (const char *)b->data;
	return (rc);
}

/* Override ${http} with the timeouts of the source. */
static void
set_timeouts(const struct timeouts_spec *t, struct http_conf *http)
{

	if (t->connect_ms != UINT64_MAX)
		http->connect_ms = t->connect_ms;
	if (t->answer_ms != UINT64_MAX)
		http->first_byte_ms = t->answer_ms;
	if (t->page_ms != UINT64_MAX)
		http->total_ms = t->page_ms;
	if (t->low_speed != UINT64_MAX)
		http->low_speed = (uint32_t)t->low_speed;
	if (t->low_speed_ms != UINT64_MAX)
		http->low_speed_s = (uint32_t)((t->low_speed_ms + 999) / 1000);
}

/* The objects needed to send requests. */
static int
open_client(struct exchange_client *c, const struct options *o,
    struct err *e)
{
	const struct source *s = c->source;
	struct http_conf http = o->http;
	size_t i;

	set_timeouts(&s->timeouts, &http);
	http.ca_file = s->ca;
	http.cert = s->cert;
	http.key = s->key;
	if (s->key_password_ref != NULL) {
		if (secret_read(s->key_password_ref, &c->key_password, e) ==
		    -1)
			return (err_prefix(e, "tls"));
		http.key_password = buf_cstr(&c->key_password);
	}
	c->max_body = http.max_body;
	c->http = http_new(&http, e);
	c->rate = rate_new(e);
	c->hidden = redact_new(s, e);
	if (c->http == NULL || c->rate == NULL || c->hidden == NULL ||
	    (http.key_password != NULL &&
	    redact_add(c->hidden, http.key_password, e) == -1))
		return (-1);
	for (i = 0; i < s->nrates; i++)
		if (rate_add(c->rate, &s->rates[i], e) == -1)
			return (-1);
	if (o->record != NULL || o->replay != NULL) {
		c->tape = recording_open(o->replay != NULL ? o->replay :
		    o->record, o->replay != NULL, c->hidden, e);
		if (c->tape == NULL)
			return (-1);
	}
	c->jar = cookies_new(s->url, e);
	if (c->jar == NULL)
		return (-1);
	c->auth = auth_new(s, &http, recording_plays(c->tape), c->hidden,
	    c->jar, e);
	return (c->auth == NULL ? -1 : 0);
}

static void
close_client(struct exchange_client *c)
{

	auth_free(c->auth);
	cookies_free(c->jar);
	recording_close(c->tape);
	redact_free(c->hidden);
	rate_free(c->rate);
	http_free(c->http);
	scan_free(&c->spare);
	buf_free(&c->key_password);
}

/* --probe: one request, and its findings. */
static int
probe_source(struct exchange_client *c, struct source *s, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MAX_SHOWN);
	rc = probe_run(s, c, &b, e);
	if (rc == 0)
		rc = io_write(STDOUT_FILENO, b.data, b.len, e);
	buf_free(&b);
	return (rc);
}

static int
fetch_records(struct app *a, const struct options *o, struct source *s)
{
	struct walk_conf conf = { .seal = o->seal, .run = a->run,
		.at = o->at == OPTIONS_UNSET ? clock_micros() :
		(int64_t)o->at, .prefetch = o->prefetch, .app = a };
	struct exchange_client c = { .source = s, .stats = &a->stats,
		.metrics = a->metrics, .retry = {
		.tries = o->retry_time == 0 ? 1 : o->retry_time_given &&
		!o->tries_given ? UINT32_MAX : o->tries,
		.given = o->tries_given || o->retry_time_given,
		.base_ms = s->timeouts.retry_base_ms != UINT64_MAX ?
		s->timeouts.retry_base_ms : RETRY_BASE_MS, .cap_ms = CAP_MS,
		.wait_ms = s->timeouts.retry_after_ms != UINT64_MAX ?
		s->timeouts.retry_after_ms : RETRY_AFTER_MS,
		.total_ms = o->retry_time } };
	const struct walk_conf about = { .at = conf.at, .app = a };
	const struct each_conf each = { .seal = o->seal, .run = a->run,
		.prefetch = o->prefetch, .walk = &about };
	struct stream_out out;
	struct buf cursor;
	int rc = -1;

	buf_init(&cursor, MAX_SHOWN);
	buf_init_secret(&c.key_password, SECRET_MAX);
	stream_out_init(&out, STDOUT_FILENO);
	if (get_cursor(o, &cursor, &conf.cursor, &a->err) == 0 &&
	    open_client(&c, o, &a->err) == 0) {
		rc = o->probe ? probe_source(&c, s, &a->err) :
		    s->each ? each_run(s, &each, &c, &out, &a->err) :
		    walk_run(s, &conf, &c, &out, &a->err);
		a->stats.sealed = rc == 0 && out.sealed;
	}
	close_client(&c);
	stream_out_free(&out);
	buf_free(&cursor);
	return (rc);
}

/* --print: the source; --dry-run: the first request; --check: its hash. */
static int
show_source(const struct options *o, const struct source *s, struct app *a)
{
	char hash[SHA256_HEX];
	struct buf b;
	char *text;
	int rc = 0;

	buf_init(&b, MAX_SHOWN);
	if (o->print) {
		text = source_text(s);
		if (text == NULL || buf_puts(&b, text) == -1 ||
		    buf_putc(&b, '\n'))
			rc = err_nomem(&a->err);
		free(text);
	}
	if (rc == 0 && o->dry_run)
		rc = s->each ? each_show(s, &b, &a->err) :
		    queue_show(s, NULL, &b, &a->err);
	if (rc == 0)
		rc = io_write(STDOUT_FILENO, b.data, b.len, &a->err);
	buf_free(&b);
	if (rc == 0 && o->check && (rc = source_hash(s, hash, &a->err)) == 0)
		jsonw_str(&a->extra, "source", hash);
	return (rc);
}

/* Fetch the source, or show it. */
static int
fetch_source(const struct options *o, struct app *a)
{
	const char *url = a->noperand > 0 ? a->operand[0] : NULL;
	struct source s = { 0 };
	json_t *doc;
	int rc;

	if (o->timeout_ms > 0 && sig_deadline(o->timeout_ms, &a->err) == -1)
		return (-1);
	doc = source_options_read(o, url, &a->err);
	if (doc == NULL)
		return (-1);
	rc = source_load(&s, doc, &a->err);
	s.page.max_line = o->max_line;
	if (rc == -1)
		rc = source_options_blame(o, url, s.doc, &a->err);
	else if (s.file != NULL && o->file != NULL &&
	    strcmp(s.file, "-") == 0 && strcmp(o->file, "-") == 0)
		rc = err_set(&a->err, ERR_USAGE, "-: standard input is the "
		    "source (-s) already");
	else if (o->probe && (s.each || s.window.step != 0))
		rc = err_set(&a->err, ERR_USAGE, "--probe: what is to be "
		    "found is a list, without --each and windows");
	else if (s.each && o->resume != NULL)
		rc = err_set(&a->err, ERR_USAGE, "--resume: it is the list "
		    "that is resumed, not --each");
	else if (o->check || o->print || o->dry_run)
		rc = show_source(o, &s, a);
	else
		rc = fetch_records(a, o, &s);
	source_free(&s);
	return (rc);
}

static void
put_fetch_libraries(struct buf *b)
{

	buf_printf(b, "%s ", http_libraries());
	jansson_library(b);
}

int
main(int argc, char **argv)
{
	static const struct app_verb all = { .synopsis = synopsis,
		.rows = options_rows, .run = fetch_source,
		.out = "records", .about = "Fetch records from a JSON API, page "
		    "after page, and write one record a line.",
		.example = "nf-fetch -p page --records /data "
		    "https://api.example.com/invoices" };
	struct options o;
	struct app app;
	int code;

	guard_process();
	app_init(&app, "nf-fetch");
	app.libraries = put_fetch_libraries;
	options_init(&o);
	if (app_start(&app, &all, 1, &o, argc, argv, &code))
		code = app_finish(&app, options_check(&o, &app) == -1 ? -1 :
		    app.verb->run(&o, &app));
	options_free(&o);
	return (code);
}

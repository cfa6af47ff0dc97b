/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "lib/err.h"
#include "lib/ndjson.h"
#include "page.h"
#include "paginate.h"
#include "walk.h"

#define UNSET UINT64_MAX

const char options_synopsis[] =
    "nf-fetch [options] URL\n";

void
options_init(struct options *o, struct app *a)
{
	const struct opt table[] = {
	{ .kind = OPT_GROUP, .help = "What to fetch" },
	{ .kind = OPT_STRING, .name = "records", .arg = "POINTER",
	    .var = &o->records,
	    .help = "where the records are in a page (default: it is an array)" },
	{ .kind = OPT_FLAG, .name = "records-optional", .var = &o->missing_ok,
	    .help = "a page with nothing at POINTER has no records" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "auto|json|ndjson",
	    .var = &o->format, .choices = page_formats,
	    .help = "what a page is (default: by its media type)" },
	{ .kind = OPT_LIST, .letter = 'H', .name = "header", .arg = "LINE",
	    .var = &o->headers, .help = "send header \"Name: value\"" },
	{ .kind = OPT_GROUP, .help = "From page to page" },
	{ .kind = OPT_CHOICE, .letter = 'p', .name = "paginate",
	    .arg = "none|link|page|offset|cursor|next", .var = &o->paginate,
	    .choices = paginate_types,
	    .help = "how (default: by Link header, if there is one)" },
	{ .kind = OPT_STRING, .name = "page-param", .arg = "NAME",
	    .var = &o->page_param,
	    .help = "query parameter of page, offset or cursor" },
	{ .kind = OPT_NUMBER, .name = "page-start", .arg = "N",
	    .var = &o->page_start, .max = UINT32_MAX,
	    .help = "first page (default 1) or offset (default 0)" },
	{ .kind = OPT_STRING, .name = "page-size-param", .arg = "NAME",
	    .var = &o->page_size_param,
	    .help = "query parameter of the page size" },
	{ .kind = OPT_NUMBER, .name = "page-size", .arg = "N",
	    .var = &o->page_size, .min = 1, .max = UINT32_MAX,
	    .help = "records to ask for in a page" },
	{ .kind = OPT_FLAG, .name = "stop-short", .var = &o->stop_short,
	    .help = "a page of fewer records is the last" },
	{ .kind = OPT_STRING, .name = "next", .arg = "POINTER",
	    .var = &o->next, .help = "where the next cursor or URL is" },
	{ .kind = OPT_STRING, .name = "next-header", .arg = "NAME",
	    .var = &o->next_header, .help = "the same, in a header" },
	{ .kind = OPT_NUMBER, .name = "max-pages", .arg = "N",
	    .var = &o->max_pages, .min = 1, .max = INT64_MAX,
	    .help = "stop after N pages" },
	{ .kind = OPT_NUMBER, .name = "max-records", .arg = "N",
	    .var = &o->max_records, .min = 1, .max = INT64_MAX,
	    .help = "stop after N records" },
	{ .kind = OPT_STRING, .name = "total", .arg = "POINTER",
	    .var = &o->total,
	    .help = "the API's count of all records: it must come true" },
	{ .kind = OPT_GROUP, .help = "Sealing and resuming" },
	{ .kind = OPT_FLAG, .name = "seal", .var = &o->seal,
	    .help = "frame the stream, so that a cut is noticed" },
	{ .kind = OPT_STRING, .name = "resume", .arg = "CURSOR",
	    .var = &o->resume,
	    .help = "go on from a mark's cursor: JSON, or @FILE; null: start" },
	{ .kind = OPT_NUMBER, .name = "at", .arg = "MICROS", .var = &o->at,
	    .max = INT64_MAX, .help = "start of the run (default: now)" },
	{ .kind = OPT_FLAG, .name = "stable", .var = &o->stable,
	    .help = "the list only grows at its end: page numbers make marks" },
	{ .kind = OPT_GROUP, .help = "Manners and limits" },
	{ .kind = OPT_NUMBER, .name = "prefetch", .arg = "N",
	    .var = &o->prefetch, .min = 1, .max = WALK_MAX_PREFETCH,
	    .help = "pages under way at once (default 2)" },
	{ .kind = OPT_NUMBER, .name = "tries", .arg = "N", .var = &o->tries,
	    .min = 1, .max = 1000, .help = "requests for a page (default 8)" },
	{ .kind = OPT_DURATION, .name = "retry-total", .arg = "TIME",
	    .var = &o->retry_total, .max = INT32_MAX,
	    .help = "and no longer than this (default 15m; 0: no limit)" },
	{ .kind = OPT_DURATION, .name = "retry-wait", .arg = "TIME",
	    .var = &o->retry_wait, .max = INT32_MAX,
	    .help = "longest Retry-After to obey (default 5m)" },
	{ .kind = OPT_DURATION, .name = "connect-timeout", .arg = "TIME",
	    .var = &o->http.connect_ms, .min = 1, .max = INT32_MAX,
	    .help = "to connect (default 10s)" },
	{ .kind = OPT_DURATION, .name = "answer-timeout", .arg = "TIME",
	    .var = &o->http.first_byte_ms, .max = INT32_MAX,
	    .help = "until an answer begins (default 1m)" },
	{ .kind = OPT_DURATION, .name = "page-timeout", .arg = "TIME",
	    .var = &o->http.total_ms, .max = INT32_MAX,
	    .help = "for a whole answer (default 10m)" },
	{ .kind = OPT_SIZE, .name = "low-speed", .arg = "BYTES",
	    .var = &o->low_speed, .max = UINT32_MAX,
	    .help = "slowest answer, a second (default 1K) ..." },
	{ .kind = OPT_DURATION, .name = "low-speed-time", .arg = "TIME",
	    .var = &o->low_speed_ms, .max = 3600000,
	    .help = "... over this long (default 30s; 0: any speed)" },
	{ .kind = OPT_SIZE, .name = "max-page", .arg = "BYTES",
	    .var = &o->http.max_body, .min = 1024, .max = 1023U << 20,
	    .help = "largest page, unpacked (default 64M)" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    .var = &o->max_line, .min = 64, .max = 1023U << 20,
	    .help = "largest record (default 16M)" },
	APP_OPTIONS(a),
	};

	memset(o, 0, sizeof(*o));
	http_conf_default(&o->http);
	o->page_start = o->page_size = o->max_pages = o->max_records = UNSET;
	o->at = UNSET;
	o->prefetch = 2;
	o->max_line = NDJSON_MAX_LINE;
	o->tries = 8;
	o->retry_wait = 300000;
	o->retry_total = 900000;
	o->low_speed = o->http.low_speed;
	o->low_speed_ms = o->http.low_speed_s * 1000;
	o->n = sizeof(table) / sizeof(table[0]);
	memcpy(o->table, table, sizeof(table));
}

void
options_free(struct options *o)
{

	opt_list_free(&o->headers);
}

/* Set member ${key} to a text, a number, or true, if there is one. */
static void
set_text(json_t *obj, const char *key, const char *v)
{

	if (v != NULL)
		(void)json_object_set_new(obj, key, json_string(v));
}

static void
set_number(json_t *obj, const char *key, uint64_t v)
{

	if (v != UNSET)
		(void)json_object_set_new(obj, key,
		    json_integer((json_int_t)v));
}

/* The paginator, if an option speaks of one. */
static int
set_paginate(const struct options *o, json_t *doc, struct err *e)
{
	json_t *p = json_object();
	size_t n;

	set_text(p, "param", o->page_param);
	set_number(p, "start", o->page_start);
	set_text(p, "size_param", o->page_size_param);
	set_number(p, "size", o->page_size);
	set_text(p, "from", o->next);
	set_text(p, "from_header", o->next_header);
	if (o->stop_short)
		set_text(p, "stop", "short");
	n = json_object_size(p);
	if (n > 0 && o->paginate == PAGINATE_AUTO) {
		json_decref(p);
		return (err_set(e, ERR_USAGE,
		    "--%s needs --paginate", o->page_param ? "page-param" :
		    o->next ? "next" : "page-..."));
	}
	if (n > 0 || o->paginate != PAGINATE_AUTO) {
		set_text(p, "type", paginate_types[o->paginate]);
		(void)json_object_set(doc, "paginate", p);
	}
	json_decref(p);
	return (0);
}

/* Header lines as members; a line without a colon is a mistake. */
static int
set_headers(const struct options *o, json_t *doc, struct err *e)
{
	json_t *h = json_object();
	const char *line, *colon, *v;
	size_t i;
	int rc = 0;

	for (i = 0; i < o->headers.n && rc == 0; i++) {
		line = o->headers.item[i];
		colon = strchr(line, ':');
		if (colon == NULL || colon == line) {
			rc = err_set(e, ERR_USAGE,
			    "--header: not \"Name: value\"");
			break;
		}
		for (v = colon + 1; *v == ' ' || *v == '\t'; v++)
			;
		(void)json_object_setn_new(h, line, (size_t)(colon - line),
		    json_string(v));
	}
	if (json_object_size(h) > 0)
		(void)json_object_set(doc, "headers", h);
	json_decref(h);
	return (rc);
}

json_t *
options_source(const struct options *o, const char *url, struct err *e)
{
	json_t *doc = json_object();

	set_text(doc, "url", url);
	set_text(doc, "records", o->records);
	if (o->missing_ok)
		set_text(doc, "missing_records", "empty");
	if (o->format != PAGE_AUTO)
		set_text(doc, "format", page_formats[o->format]);
	set_text(doc, "total", o->total);
	set_number(doc, "max_pages", o->max_pages);
	set_number(doc, "max_records", o->max_records);
	if (o->stable)
		(void)json_object_set_new(doc, "stable", json_true());
	if (set_headers(o, doc, e) || set_paginate(o, doc, e)) {
		json_decref(doc);
		return (NULL);
	}
	return (doc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "fetch/source/spec.h"
#include "lib/stream/ndjson.h"
#include "page.h"
#include "paginate.h"
#include "queue.h"

const char options_synopsis[] =
    "nf-fetch [options] URL\n"
    "nf-fetch [options] -s SOURCE [URL]\n"
    "nf-fetch --each [options] URL < RECORDS\n"
    "nf-fetch --check | --print | --dry-run [options] [-s SOURCE] [URL]\n";

#define MAX_PAGE (32U << 20)

static void
add(struct options *o, const struct opt *rows, size_t n)
{

	memcpy(o->table + o->n, rows, n * sizeof(*rows));
	o->n += n;
}

#define ADD(o, rows) add((o), (rows), sizeof(rows) / sizeof((rows)[0]))

static void
what_rows(struct options *o)
{
	const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help = "What to fetch" },
	{ .kind = OPT_STRING, .letter = 's', .name = "source", .arg = "FILE",
	    .var = &o->file, .help = "take the source from FILE, "
	    "nf-source(5)" },
	{ .kind = OPT_STRING, .name = "records", .arg = "POINTER",
	    .var = &o->records, .help = "where the records are in a page "
	    "(default: it is an array)" },
	{ .kind = OPT_FLAG, .name = "records-optional", .var = &o->missing_ok,
	    .help = "a page with nothing there has no records" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "auto|json|ndjson",
	    .var = &o->format, .choices = spec_page_formats,
	    .help = "what a page is; auto: by its media type" },
	{ .kind = OPT_LIST, .letter = 'H', .name = "header", .arg = "LINE",
	    .var = &o->headers, .help = "send header \"Name: value\"" },
	{ .kind = OPT_LIST, .name = "query", .arg = "NAME=VALUE",
	    .var = &o->query, .help = "add a query parameter" },
	{ .kind = OPT_LIST, .name = "var", .arg = "NAME=VALUE",
	    .var = &o->vars, .help = "what {NAME} stands for in templates" },
	{ .kind = OPT_STRING, .name = "data", .arg = "JSON", .var = &o->data,
	    .help = "POST this; @FILE: what is in FILE" },
	{ .kind = OPT_FLAG, .name = "idempotent", .var = &o->idempotent,
	    .help = "a POST may be sent again" },
	{ .kind = OPT_FLAG, .name = "each", .var = &o->each,
	    .help = "one request for each record on stdin; {/pointer} is "
	    "what is there in it" },
	{ .kind = OPT_STRING, .name = "into", .arg = "KEY", .var = &o->into,
	    .help = "the answer becomes member KEY of the record (default: "
	    "takes its place)" },
	{ .kind = OPT_STRING, .name = "from", .arg = "DATE", .var = &o->from,
	    .help = "first day of the date windows, {from} to {to}" },
	{ .kind = OPT_STRING, .name = "to", .arg = "DATE", .var = &o->to,
	    .help = "last day" },
	{ .kind = OPT_STRING, .name = "step", .arg = "STEP", .var = &o->step,
	    .help = "a window: \"1d\" (default), \"2w\", \"1mo\"" },
	{ .kind = OPT_STRING, .name = "date-format", .arg = "FORMAT",
	    .var = &o->date_format,
	    .help = "of {from}, {to}, {until} (default %Y-%m-%d)" },
	};

	ADD(o, rows);
}

static void
page_rows(struct options *o)
{
	const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help = "From page to page" },
	{ .kind = OPT_CHOICE, .letter = 'p', .name = "paginate",
	    .arg = "none|link|page|offset|cursor|next", .var = &o->paginate,
	    .choices = spec_paginate_types,
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
	{ .kind = OPT_STRING, .name = "total-pages", .arg = "POINTER",
	    .var = &o->total_pages, .help = "where the number of pages is" },
	{ .kind = OPT_STRING, .name = "total-records", .arg = "POINTER",
	    .var = &o->total_records,
	    .help = "where the number of records is: stop there" },
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
	{ .kind = OPT_STRING, .name = "unique", .arg = "POINTER",
	    .var = &o->unique,
	    .help = "the id in a record: none may come twice" },
	};

	ADD(o, rows);
}

static void
auth_rows(struct options *o)
{
	const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help =
	    "Who asks (SECRET is env:NAME or file:PATH)" },
	{ .kind = OPT_STRING, .name = "bearer", .arg = "SECRET",
	    .var = &o->bearer, .help = "send a bearer token" },
	{ .kind = OPT_STRING, .name = "basic", .arg = "SECRET",
	    .var = &o->basic, .help = "send \"user:password\"" },
	{ .kind = OPT_STRING, .name = "api-key", .arg = "HEADER=SECRET",
	    .var = &o->api_key, .help = "send a key in a header" },
	{ .kind = OPT_STRING, .name = "api-key-query", .arg = "NAME=SECRET",
	    .var = &o->api_key_query,
	    .help = "send a key in the query" },
	{ .kind = OPT_STRING, .name = "google-id", .arg = "AUDIENCE",
	    .var = &o->google_id,
	    .help = "send a Google ID token of the metadata server" },
	{ .kind = OPT_STRING, .name = "ca", .arg = "FILE", .var = &o->ca,
	    .env = "NF_CA",
	    .help = "trust these certificates (PEM), not the system's" },
	{ .kind = OPT_STRING, .name = "cert", .arg = "FILE", .var = &o->cert,
	    .env = "NF_CERT", .help = "client certificate (PEM)" },
	{ .kind = OPT_STRING, .name = "key", .arg = "FILE", .var = &o->key,
	    .env = "NF_KEY", .help = "its key (PEM)" },
	{ .kind = OPT_LIST, .name = "allow-origin", .arg = "URL",
	    .var = &o->origins,
	    .help = "may be led to this origin, without credentials" },
	{ .kind = OPT_FLAG, .name = "allow-http", .var = &o->allow_http,
	    .help = "credentials may go over plain http" },
	};

	ADD(o, rows);
}

static void
run_rows(struct options *o)
{
	const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help = "Sealing, resuming, replaying" },
	{ .kind = OPT_FLAG, .name = "seal", .var = &o->seal,
	    .help = "frame the stream, so that a cut is noticed" },
	{ .kind = OPT_STRING, .name = "resume", .arg = "CURSOR",
	    .var = &o->resume,
	    .help = "go on from a mark's cursor: JSON, or @FILE; null: start" },
	{ .kind = OPT_NUMBER, .name = "at", .arg = "MICROS", .var = &o->at,
	    .max = INT64_MAX, .help = "start of the run (default: now)" },
	{ .kind = OPT_FLAG, .name = "stable", .var = &o->stable,
	    .help = "the list is sorted and grows at its end only" },
	{ .kind = OPT_STRING, .name = "record", .arg = "DIR",
	    .var = &o->record, .help = "keep every answer in DIR" },
	{ .kind = OPT_STRING, .name = "replay", .arg = "DIR",
	    .var = &o->replay, .help = "take answers from DIR: no network" },
	{ .kind = OPT_FLAG, .name = "check", .var = &o->check,
	    .help = "say whether the source is right, fetch nothing" },
	{ .kind = OPT_FLAG, .name = "print", .var = &o->print,
	    .help = "print the source that results, fetch nothing" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    .var = &o->dry_run,
	    .help = "print the first request, fetch nothing" },
	};

	ADD(o, rows);
}

static void
limit_rows(struct options *o)
{
	const struct opt rows[] = {
	{ .kind = OPT_GROUP, .help = "Manners and limits" },
	{ .kind = OPT_NUMBER, .name = "prefetch", .arg = "N",
	    .var = &o->prefetch, .min = 1, .max = QUEUE_MAX,
	    .help = "pages under way at once" },
	{ .kind = OPT_LIST, .name = "rate", .arg = "N/UNIT", .var = &o->rates,
	    .help = "requests at most: \"90/min\", \"5/s\", \"10000/d\"" },
	{ .kind = OPT_NUMBER, .name = "tries", .arg = "N", .var = &o->tries,
	    .max = 1000, .help = "requests for a page; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",
	    .var = &o->retry_time, .max = INT32_MAX,
	    .help = "and no longer than this; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "retry-wait", .arg = "TIME",
	    .var = &o->retry_wait, .max = INT32_MAX,
	    .help = "longest Retry-After to obey" },
	{ .kind = OPT_DURATION, .name = "retry-base", .arg = "TIME",
	    .var = &o->retry_base, .max = 60000,
	    .help = "most before the first retry" },
	{ .kind = OPT_DURATION, .name = "connect-timeout", .arg = "TIME",
	    .var = &o->http.connect_ms, .min = 1, .max = INT32_MAX,
	    .help = "to connect" },
	{ .kind = OPT_DURATION, .name = "answer-timeout", .arg = "TIME",
	    .var = &o->http.first_byte_ms, .max = INT32_MAX,
	    .help = "until an answer begins" },
	{ .kind = OPT_DURATION, .name = "page-timeout", .arg = "TIME",
	    .var = &o->http.total_ms, .max = INT32_MAX,
	    .help = "for a whole answer" },
	{ .kind = OPT_SIZE, .name = "low-speed", .arg = "BYTES",
	    .var = &o->low_speed, .max = UINT32_MAX,
	    .help = "slowest answer, a second ..." },
	{ .kind = OPT_DURATION, .name = "low-speed-time", .arg = "TIME",
	    .var = &o->low_speed_ms, .max = 3600000,
	    .help = "... over this long; 0: any speed" },
	{ .kind = OPT_SIZE, .name = "max-page", .arg = "BYTES",
	    .var = &o->http.max_body, .min = 1024, .max = 1023U << 20,
	    .help = "largest page, unpacked" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    .var = &o->max_line, .min = 64, .max = 1023U << 20,
	    .help = "largest record" },
	};

	ADD(o, rows);
}

void
options_init(struct options *o, struct app *a)
{
	const struct opt common[] = { APP_OPTIONS(a) };

	memset(o, 0, sizeof(*o));
	http_conf_default(&o->http);
	o->http.max_body = MAX_PAGE;
	o->page_start = o->page_size = OPTIONS_UNSET;
	o->max_pages = o->max_records = o->at = OPTIONS_UNSET;
	o->prefetch = 2;
	o->max_line = NDJSON_MAX_LINE;
	o->tries = 8;
	o->retry_wait = 300000;
	o->retry_time = 900000;
	o->retry_base = 500;
	o->low_speed = o->http.low_speed;
	o->low_speed_ms = o->http.low_speed_s * 1000;
	what_rows(o);
	page_rows(o);
	auth_rows(o);
	run_rows(o);
	limit_rows(o);
	ADD(o, common);
}

void
options_free(struct options *o)
{

	opt_list_free(&o->headers);
	opt_list_free(&o->query);
	opt_list_free(&o->vars);
	opt_list_free(&o->rates);
	opt_list_free(&o->origins);
}

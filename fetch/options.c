/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/stream/ndjson.h"
#include "page.h"
#include "paginate.h"
#include "queue.h"

#define MAX_PAGE (32U << 20)

static const struct opt what_rows[] = {
	{ .kind = OPT_GROUP, .help = "What to fetch" },
	{ .kind = OPT_STRING, .letter = 's', .name = "source", .arg = "FILE",
	    OPT_AT(file), .help = "take the source from FILE, "
	    "nf-source(5)" },
	{ .kind = OPT_LIST, .name = "set", .arg = "POINTER=VALUE",
	    OPT_AT(sets), .help = "any member of the source: "
	    "/paginate/stop=short" },
	{ .kind = OPT_LIST, .name = "records", .arg = "POINTER",
	    OPT_AT(records), .help = "where the records are in a page "
	    "(default: it is an array)" },
	{ .kind = OPT_STRING, .name = "charset", .arg = "NAME",
	    OPT_AT(charset), .help = "what answers are in (default: as they "
	    "say, or UTF-8)" },
	{ .kind = OPT_LIST, .letter = 'H', .name = "header", .arg = "LINE",
	    OPT_AT(headers), .help = "send header \"Name: value\"" },
	{ .kind = OPT_LIST, .name = "query", .arg = "NAME=VALUE",
	    OPT_AT(query), .help = "add a query parameter" },
	{ .kind = OPT_LIST, .name = "var", .arg = "NAME=VALUE",
	    OPT_AT(vars), .help = "what {NAME} stands for in templates" },
	{ .kind = OPT_STRING, .name = "since", .arg = "TEXT", OPT_AT(since),
	    .help = "what {since} stands for: where a feed is gone on from" },
	{ .kind = OPT_STRING, .name = "data", .arg = "JSON", OPT_AT(data),
	    .help = "POST this; @FILE: what is in FILE" },
	{ .kind = OPT_FLAG, .name = "each", OPT_AT(each),
	    .help = "one request for each record on stdin; {/pointer} is "
	    "what is there in it" },
	{ .kind = OPT_STRING, .name = "into", .arg = "KEY", OPT_AT(into),
	    .help = "the answer becomes member KEY of the record (default: "
	    "takes its place)" },
	{ .kind = OPT_STRING, .name = "from", .arg = "DATE", OPT_AT(from),
	    .help = "first day of the date windows, {from} to {to}" },
	{ .kind = OPT_STRING, .name = "to", .arg = "DATE", OPT_AT(to),
	    .help = "last day" },
	{ .kind = OPT_STRING, .name = "step", .arg = "STEP", OPT_AT(step),
	    .help = "a window: \"15m\", \"6h\", \"1d\" (default), "
	    "\"2w\", \"1mo\"" },
};

static const struct opt page_rows[] = {
	{ .kind = OPT_GROUP, .help = "Pagination" },
	{ .kind = OPT_CHOICE, .letter = 'p', .name = "paginate",
	    .arg = "none|link|page|offset|cursor|next", OPT_AT(paginate),
	    .choices = spec_paginate_types,
	    .help = "how (default: by Link header, if there is one)" },
	{ .kind = OPT_STRING, .name = "page-param", .arg = "NAME",
	    OPT_AT(page_param),
	    .help = "query parameter of the page number or offset" },
	{ .kind = OPT_STRING, .name = "cursor-param", .arg = "NAME",
	    OPT_AT(cursor_param), .help = "query parameter of the cursor" },
	{ .kind = OPT_STRING, .name = "total", .arg = "POINTER|HEADER",
	    OPT_AT(total),
	    .help = "where the number of all records is: stop there, and "
	    "fail unless as many were received" },
	{ .kind = OPT_STRING, .name = "next", .arg = "POINTER|HEADER",
	    OPT_AT(next), .help = "where the next cursor or URL is" },
	{ .kind = OPT_STRING, .name = "next-record", .arg = "POINTER",
	    OPT_AT(next_record), .help = "the cursor is what the last "
	    "record has there" },
	{ .kind = OPT_NUMBER, .name = "max-pages", .arg = "N",
	    OPT_AT(max_pages), .min = 1, .max = INT64_MAX,
	    .help = "stop after N pages" },
	{ .kind = OPT_NUMBER, .name = "max-records", .arg = "N",
	    OPT_AT(max_records), .min = 1, .max = INT64_MAX,
	    .help = "stop after N records" },
};

static const struct opt auth_rows[] = {
	{ .kind = OPT_GROUP, .help =
	    "Authentication (SECRET is env:NAME or file:PATH)" },
	{ .kind = OPT_STRING, .name = "bearer", .arg = "SECRET",
	    OPT_AT(bearer), .help = "send a bearer token" },
	{ .kind = OPT_STRING, .name = "basic", .arg = "SECRET",
	    OPT_AT(basic), .help = "send \"user:password\"" },
	{ .kind = OPT_LIST, .name = "api-key", .arg = "HEADER=SECRET",
	    OPT_AT(api_keys), .help = "send a key in a header" },
	{ .kind = OPT_STRING, .name = "ca", .arg = "FILE", OPT_AT(ca),
	    .env = "NF_CA",
	    .help = "trust these certificates (PEM) instead of the system's" },
	{ .kind = OPT_STRING, .name = "cert", .arg = "FILE", OPT_AT(cert),
	    .env = "NF_CERT", .help = "client certificate (PEM, or PKCS#12)" },
	{ .kind = OPT_STRING, .name = "key", .arg = "FILE", OPT_AT(key),
	    .env = "NF_KEY", .help = "its key (PEM)" },
	{ .kind = OPT_STRING, .name = "key-password", .arg = "SECRET",
	    OPT_AT(key_password), .help = "the pass phrase of the key" },
};

static const struct opt run_rows[] = {
	{ .kind = OPT_GROUP, .help = "Sealing, resuming, replaying" },
	{ .kind = OPT_FLAG, .name = "seal", OPT_AT(seal),
	    .help = "frame the stream, so that a cut is noticed" },
	{ .kind = OPT_STRING, .name = "resume", .arg = "CURSOR",
	    OPT_AT(resume),
	    .help = "go on from a mark's cursor: JSON, or @FILE; null: start" },
	{ .kind = OPT_NUMBER, .name = "at", .arg = "MICROS", OPT_AT(at),
	    .max = INT64_MAX, .help = "start of the run (default: now)" },
	{ .kind = OPT_STRING, .name = "record", .arg = "DIR",
	    OPT_AT(record), .help = "keep every answer in DIR" },
	{ .kind = OPT_STRING, .name = "replay", .arg = "DIR",
	    OPT_AT(replay), .help = "take answers from DIR: no network" },
	{ .kind = OPT_FLAG, .name = "probe", OPT_AT(probe),
	    .help = "ask once and propose a source, for a person to confirm" },
	{ .kind = OPT_FLAG, .name = "check", OPT_AT(check),
	    .help = "report whether the source is right, fetch nothing" },
	{ .kind = OPT_FLAG, .name = "print", OPT_AT(print),
	    .help = "print the source that results, fetch nothing" },
	{ .kind = OPT_FLAG, .letter = 'n', .name = "dry-run",
	    OPT_AT(dry_run),
	    .help = "print the first request, fetch nothing" },
};

static const struct opt limit_rows[] = {
	{ .kind = OPT_GROUP, .help = "Rate, retries, timeouts" },
	{ .kind = OPT_NUMBER, .name = "prefetch", .arg = "N",
	    OPT_AT(prefetch), .min = 1, .max = QUEUE_MAX,
	    .help = "pages under way at once" },
	{ .kind = OPT_LIST, .name = "rate", .arg = "N/UNIT", OPT_AT(rates),
	    .help = "requests at most: \"90/min\", \"5/s\", \"10000/d\"" },
	{ .kind = OPT_NUMBER, .name = "tries", .arg = "N", OPT_AT(tries),
	    OPT_GIVEN(tries_given),
	    .max = 1000, .help = "requests for a page; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "retry-time", .arg = "TIME",
	    OPT_AT(retry_time), OPT_GIVEN(retry_time_given),
	    .max = INT32_MAX,
	    .help = "how long to retry without progress; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "timeout", .arg = "TIME",
	    OPT_AT(timeout_ms), .min = 1, .max = 864000000,
	    .help = "exit with 75 if the command takes longer" },
	{ .kind = OPT_SIZE, .name = "max-body", .arg = "BYTES",
	    OPT_AT(http.max_body), .min = 1024, .max = 1023U << 20,
	    .help = "largest page, unpacked" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    OPT_AT(max_line), .min = 64, .max = 1023U << 20,
	    .help = "largest record" },
};

/* Options that describe the API, not the run, are in the source. */
#define GONE(n, member) { .kind = OPT_GONE, .name = (n), .arg = "it is a " \
	"member of the source, nf-source(5): --set " member }
static const struct opt gone_rows[] = {
	GONE("records-optional", "/missing_records=empty"),
	GONE("date-format", "/window/format=FORMAT"),
	GONE("page-start", "/paginate/start=N"),
	GONE("page-size-param", "/paginate/size_param=NAME"),
	GONE("page-size", "/paginate/size=N"),
	GONE("page-step", "/paginate/step=size"),
	GONE("total-pages", "/paginate/total_pages=POINTER"),
	GONE("more", "/paginate/more=POINTER"),
	GONE("empty-on", "/empty_on=[404]"),
	GONE("stop-short", "/paginate/stop=short"),
	GONE("unique", "/unique=POINTER"),
	GONE("api-key-query", "'/auth={\"type\":\"api_key\",\"query\":NAME,"
	    "\"key\":SECRET}'"),
	GONE("google-id", "'/auth={\"type\":\"google_id\","
	    "\"audience\":AUDIENCE}'"),
	GONE("allow-origin", "/allow_origins=[\"URL\"]"),
	GONE("allow-http", "/allow_http=true"),
	GONE("connect-timeout", "/timeouts/connect=TIME"),
	GONE("answer-timeout", "/timeouts/answer=TIME"),
	GONE("page-timeout", "/timeouts/page=TIME"),
	GONE("low-speed", "/timeouts/low_speed=BYTES"),
	GONE("low-speed-time", "/timeouts/low_speed_time=TIME"),
	GONE("retry-wait", "/timeouts/retry_after=TIME"),
	GONE("stable", "/stable=true"),
	GONE("format", "/format=ndjson"),
	GONE("idempotent", "/idempotent=true"),
	GONE("one-window", "'/window/step?=all'"),
	GONE("not-more", "/not_more/-=PLACE"),
	GONE("require-proof", "/require_proof=total"),
	GONE("first", "/paginate/first=TEXT"),
	GONE("strict", "/strict=true"),
	GONE("retry-base", "/timeouts/retry_base=TIME"),
	{ .kind = OPT_GONE, .name = "max-page", .arg = "it is --max-body" },
	{ .kind = OPT_GONE, .name = "next-header", .arg = "--next takes the "
	    "name of a header, too" },
};
#undef GONE

const struct opt_rows options_rows[] = { OPT_ROWS(what_rows),
	OPT_ROWS(page_rows), OPT_ROWS(auth_rows), OPT_ROWS(run_rows),
	OPT_ROWS(limit_rows), OPT_ROWS(gone_rows), { 0 } };

void
options_init(struct options *o)
{

	memset(o, 0, sizeof(*o));
	http_conf_default(&o->http);
	o->http.max_body = MAX_PAGE;
	o->max_pages = o->max_records = o->at = OPTIONS_UNSET;
	o->prefetch = 2;
	o->max_line = NDJSON_MAX_LINE;
	o->tries = 8;
	o->retry_time = 900000;
}

int
options_check(const struct options *o, struct app *app)
{
	struct err *e = &app->err;

	if (app->noperand > 1)
		return (err_set(e, ERR_USAGE, "more than one URL"));
	if (app->noperand == 0 && o->file == NULL)
		return (err_set(e, ERR_USAGE, "no URL and no source (-s): "
		    "nf-fetch [options] URL"));
	if (o->next_record != NULL && o->next != NULL)
		return (err_set(e, ERR_USAGE, "--next-record and --next "
		    "exclude each other"));
	if (o->record != NULL && o->replay != NULL)
		return (err_set(e, ERR_USAGE, "--record and --replay exclude "
		    "each other"));
	return (0);
}

void
options_free(struct options *o)
{

	opt_list_free(&o->records);
	opt_list_free(&o->api_keys);
	opt_list_free(&o->sets);
	opt_list_free(&o->headers);
	opt_list_free(&o->query);
	opt_list_free(&o->vars);
	opt_list_free(&o->rates);
}

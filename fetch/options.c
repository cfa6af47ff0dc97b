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
	{ .kind = OPT_LIST, .name = "records", .arg = "POINTER",
	    OPT_AT(records), .help = "where the records are in a page "
	    "(default: it is an array)" },
	{ .kind = OPT_FLAG, .name = "records-optional", OPT_AT(missing_ok),
	    .help = "a page with nothing there has no records" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "auto|json|ndjson",
	    OPT_AT(format), .choices = spec_page_formats,
	    .help = "what a page is; auto: by its media type" },
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
	{ .kind = OPT_FLAG, .name = "idempotent", OPT_AT(idempotent),
	    .help = "the POST is safe to repeat" },
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
	    .help = "a window: \"1d\" (default), \"2w\", \"1mo\"" },
	{ .kind = OPT_FLAG, .name = "one-window", OPT_AT(one_window),
	    .help = "all of --from to --to is one, unless the source has a "
	    "step" },
	{ .kind = OPT_STRING, .name = "date-format", .arg = "FORMAT",
	    OPT_AT(date_format),
	    .help = "of {from}, {to}, {until} (default %Y-%m-%d)" },
};

static const struct opt page_rows[] = {
	{ .kind = OPT_GROUP, .help = "Pagination" },
	{ .kind = OPT_CHOICE, .letter = 'p', .name = "paginate",
	    .arg = "none|link|page|offset|cursor|next", OPT_AT(paginate),
	    .choices = spec_paginate_types,
	    .help = "how (default: by Link header, if there is one)" },
	{ .kind = OPT_STRING, .name = "page-param", .arg = "NAME",
	    OPT_AT(page_param),
	    .help = "query parameter of page, offset or cursor" },
	{ .kind = OPT_NUMBER, .name = "page-start", .arg = "N",
	    OPT_AT(page_start), .max = UINT32_MAX,
	    .help = "first page (default 1) or offset (default 0)" },
	{ .kind = OPT_STRING, .name = "page-size-param", .arg = "NAME",
	    OPT_AT(page_size_param),
	    .help = "query parameter of the page size" },
	{ .kind = OPT_NUMBER, .name = "page-size", .arg = "N",
	    OPT_AT(page_size), .min = 1, .max = UINT32_MAX,
	    .help = "records to ask for in a page" },
	{ .kind = OPT_CHOICE, .name = "page-step", .arg = "records|size",
	    OPT_AT(page_step), .choices = spec_steps,
	    .help = "an offset grows by the records received, or by the "
	    "size asked for" },
	{ .kind = OPT_STRING, .name = "total", .arg = "POINTER|HEADER",
	    OPT_AT(total),
	    .help = "where the number of all records is: stop there, and "
	    "fail unless as many were received" },
	{ .kind = OPT_STRING, .name = "total-pages", .arg = "POINTER|HEADER",
	    OPT_AT(total_pages), .help = "where the number of pages is: "
	    "stop there" },
	{ .kind = OPT_STRING, .name = "more", .arg = "POINTER",
	    OPT_AT(more), .help = "what is there is true while there is "
	    "more" },
	{ .kind = OPT_LIST, .name = "not-more", .arg = "POINTER|HEADER",
	    OPT_AT(not_more), .help = "what is there does not mean that "
	    "there is more" },
	{ .kind = OPT_STRING, .name = "empty-on", .arg = "STATUS,...",
	    OPT_AT(empty_on), .help = "an answer with this status is a page "
	    "without records" },
	{ .kind = OPT_CHOICE, .name = "require-proof", .arg = "total|end",
	    OPT_AT(require_proof), .choices = spec_require_proofs,
	    .help = "fail unless the API shows so that all came" },
	{ .kind = OPT_FLAG, .name = "stop-short", OPT_AT(stop_short),
	    .help = "a page of fewer records is the last" },
	{ .kind = OPT_STRING, .name = "next", .arg = "POINTER",
	    OPT_AT(next), .help = "where the next cursor or URL is" },
	{ .kind = OPT_STRING, .name = "next-header", .arg = "NAME",
	    OPT_AT(next_header), .help = "the same, in a header" },
	{ .kind = OPT_STRING, .name = "next-record", .arg = "POINTER",
	    OPT_AT(next_record), .help = "the cursor is what the last "
	    "record has there" },
	{ .kind = OPT_STRING, .name = "first", .arg = "TEXT",
	    OPT_AT(first), .help = "the cursor of the first request" },
	{ .kind = OPT_NUMBER, .name = "max-pages", .arg = "N",
	    OPT_AT(max_pages), .min = 1, .max = INT64_MAX,
	    .help = "stop after N pages" },
	{ .kind = OPT_NUMBER, .name = "max-records", .arg = "N",
	    OPT_AT(max_records), .min = 1, .max = INT64_MAX,
	    .help = "stop after N records" },
	{ .kind = OPT_STRING, .name = "unique", .arg = "POINTER",
	    OPT_AT(unique),
	    .help = "the id in a record: none may come twice" },
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
	{ .kind = OPT_STRING, .name = "api-key-query", .arg = "NAME=SECRET",
	    OPT_AT(api_key_query),
	    .help = "send a key in the query" },
	{ .kind = OPT_STRING, .name = "google-id", .arg = "AUDIENCE",
	    OPT_AT(google_id),
	    .help = "send a Google ID token of the metadata server" },
	{ .kind = OPT_STRING, .name = "ca", .arg = "FILE", OPT_AT(ca),
	    .env = "NF_CA",
	    .help = "trust these certificates (PEM), not the system's" },
	{ .kind = OPT_STRING, .name = "cert", .arg = "FILE", OPT_AT(cert),
	    .env = "NF_CERT", .help = "client certificate (PEM, or PKCS#12)" },
	{ .kind = OPT_STRING, .name = "key", .arg = "FILE", OPT_AT(key),
	    .env = "NF_KEY", .help = "its key (PEM)" },
	{ .kind = OPT_STRING, .name = "key-password", .arg = "SECRET",
	    OPT_AT(key_password), .help = "the pass phrase of the key" },
	{ .kind = OPT_LIST, .name = "allow-origin", .arg = "URL",
	    OPT_AT(origins),
	    .help = "redirects and next links may go to this origin, without "
	    "credentials" },
	{ .kind = OPT_FLAG, .name = "allow-http", OPT_AT(allow_http),
	    .help = "credentials may go over plain http" },
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
	{ .kind = OPT_FLAG, .name = "stable", OPT_AT(stable),
	    .help = "the list is sorted and grows at its end only" },
	{ .kind = OPT_FLAG, .name = "strict", OPT_AT(strict),
	    .help = "an answer that says it is incomplete is an error" },
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
	    .help = "and no longer than this; 0: do not retry" },
	{ .kind = OPT_DURATION, .name = "retry-wait", .arg = "TIME",
	    OPT_AT(retry_wait), .max = INT32_MAX,
	    .help = "longest Retry-After to obey" },
	{ .kind = OPT_DURATION, .name = "retry-base", .arg = "TIME",
	    OPT_AT(retry_base), .max = 60000,
	    .help = "most before the first retry" },
	{ .kind = OPT_DURATION, .name = "timeout", .arg = "TIME",
	    OPT_AT(timeout_ms), .min = 1, .max = 864000000,
	    .help = "end with 75 if all is not done by then" },
	{ .kind = OPT_DURATION, .name = "connect-timeout", .arg = "TIME",
	    OPT_AT(http.connect_ms), .min = 1, .max = INT32_MAX,
	    .help = "to connect" },
	{ .kind = OPT_DURATION, .name = "answer-timeout", .arg = "TIME",
	    OPT_AT(http.first_byte_ms), .max = INT32_MAX,
	    .help = "until an answer begins" },
	{ .kind = OPT_DURATION, .name = "page-timeout", .arg = "TIME",
	    OPT_AT(http.total_ms), .max = INT32_MAX,
	    .help = "for a whole answer" },
	{ .kind = OPT_SIZE, .name = "low-speed", .arg = "BYTES",
	    OPT_AT(low_speed), .max = UINT32_MAX,
	    .help = "slowest answer, a second ..." },
	{ .kind = OPT_DURATION, .name = "low-speed-time", .arg = "TIME",
	    OPT_AT(low_speed_ms), .max = 3600000,
	    .help = "... over this long; 0: any speed" },
	{ .kind = OPT_SIZE, .name = "max-page", .arg = "BYTES",
	    OPT_AT(http.max_body), .min = 1024, .max = 1023U << 20,
	    .help = "largest page, unpacked" },
	{ .kind = OPT_SIZE, .name = "max-line", .arg = "BYTES",
	    OPT_AT(max_line), .min = 64, .max = 1023U << 20,
	    .help = "largest record" },
};

const struct opt_rows options_rows[] = { OPT_ROWS(what_rows),
	OPT_ROWS(page_rows), OPT_ROWS(auth_rows), OPT_ROWS(run_rows),
	OPT_ROWS(limit_rows), { 0 } };

void
options_init(struct options *o)
{

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
	opt_list_free(&o->headers);
	opt_list_free(&o->query);
	opt_list_free(&o->vars);
	opt_list_free(&o->rates);
	opt_list_free(&o->origins);
	opt_list_free(&o->not_more);
}

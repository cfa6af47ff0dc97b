/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EXCHANGE_H
#define NF_FETCH_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/cli/app.h"
#include "lib/http/http.h"
#include "lib/json/scan.h"
#include "page.h"
#include "retry.h"

/*
 * One page request from start to end: it is sent, retried when that may help,
 * and redirected, and its body is parsed.  Several run at once; the client
 * drives them all.
 */
struct auth;
struct cookies;
struct err;
struct redact;
struct exchange;
struct metrics;
struct rate;
struct request_vars;
struct source;
struct recording;

/* What the exchanges share. */
struct exchange_client {
	struct http *http;
	const struct source *source;
	struct retry_conf retry;
	struct auth *auth;
	struct cookies *jar;
	struct rate *rate;
	struct recording *tape; /* NULL: none */
	uint64_t max_body; /* bytes of a file */
	struct redact *hidden;
	struct buf key_password; /* of the client certificate's key */
	struct app_stats *stats;
	struct metrics *metrics;
	struct exchange *list;
	struct scan spare; /* the scanner of the last page, for the next */
	bool mislabelled; /* the wrong charset of the API was reported */
	bool answered; /* a request was answered */
	bool lists; /* pages had arrays of records so far */
	int64_t left; /* when exchange_wait was last left; 0: never yet */
};

/**
 * exchange_new(c, v, e):
 * Start fetching the page for ${v}.  Return the exchange, to be given to
 * exchange_free, or NULL: the errors of request_build.
 */
struct exchange *exchange_new(struct exchange_client *c,
    const struct request_vars *v, struct err *e);

/**
 * exchange_free(x):
 * Free ${x} and its page; abort the request if it is running.
 */
void exchange_free(struct exchange *x);

/**
 * exchange_wait(x, e):
 * Drive all exchanges of the client until ${x} has ended.  Return 0 if it has
 * its page, else -1: the errors of http.h once all tries are used up,
 * http_class() for a status that is not 2xx, the errors of page_parse.
 */
int exchange_wait(struct exchange *x, struct err *e);

/**
 * exchange_kick(c, e):
 * Send all requests that are due, without waiting.  Return 0 or -1
 * (ERR_SIGNAL).
 */
int exchange_kick(struct exchange_client *c, struct err *e);

/**
 * exchange_status(x), exchange_page(x), exchange_response(x),
 * exchange_url(x):
 * Return the status of the last response to ${x} (0: none came); and, if it
 * has its page, the page, the response and the final URL that it came from,
 * without credentials.  All are valid as long as ${x}.
 */
int exchange_status(const struct exchange *x);
struct page *exchange_page(struct exchange *x);
const struct http_response *exchange_response(const struct exchange *x);
const char *exchange_url(struct exchange *x);

#endif /* !NF_FETCH_EXCHANGE_H */

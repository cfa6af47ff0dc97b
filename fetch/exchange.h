/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EXCHANGE_H
#define NF_FETCH_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/cli/app.h"
#include "lib/http/http.h"
#include "page.h"
#include "retry.h"

/*
 * One page request carried to its end: sent, tried again when that may help,
 * redirected, its body parsed.  Several go on at once; the client drives
 * them all.
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
	bool mislabelled; /* that the API says a wrong charset was said */
	bool answered; /* an answer came, to some request */
	bool lists; /* pages had arrays of records so far */
	int64_t left; /* when exchange_wait was last left; 0: never yet */
};

/**
 * exchange_new(c, v, e):
 * Begin to get the page that ${v} stands for.  Return the exchange, to be
 * given to exchange_free, or NULL: what request_build says.
 */
struct exchange *exchange_new(struct exchange_client *c,
    const struct request_vars *v, struct err *e);

/**
 * exchange_free(x):
 * Forget ${x}, aborting it if need be.  Its page is gone with it.
 */
void exchange_free(struct exchange *x);

/**
 * exchange_wait(x, e):
 * Drive all exchanges of the client until ${x} has ended.  Return 0 if it
 * has its page, -1 otherwise: what http.h says once tries are used up,
 * http_class() for a status that is not 2xx, what page_parse says.
 */
int exchange_wait(struct exchange *x, struct err *e);

/**
 * exchange_kick(c, e):
 * Send what can be sent, without waiting.  Return 0 or -1 (ERR_SIGNAL).
 */
int exchange_kick(struct exchange_client *c, struct err *e);

/**
 * exchange_status(x), exchange_page(x), exchange_response(x),
 * exchange_url(x):
 * The status of the last answer to ${x} (0: none came); for one that has its
 * page, the page, the answer and the URL it came from at last, without
 * credentials; all as long as ${x}.
 */
int exchange_status(const struct exchange *x);
struct page *exchange_page(struct exchange *x);
const struct http_response *exchange_response(const struct exchange *x);
const char *exchange_url(struct exchange *x);

#endif /* !NF_FETCH_EXCHANGE_H */

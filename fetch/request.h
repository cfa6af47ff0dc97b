/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_REQUEST_H
#define NF_FETCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/*
 * A request as it is sent, without its credentials: the templates of the
 * source, expanded for a position.
 */
struct err;
struct paginate_pos;
struct scan;
struct source;

#define REQUEST_HEADERS 64

/* The values of the variables. */
struct request_vars {
	const struct source *source;
	const struct paginate_pos *pos;
	const char *from;  /* window: its first day, its last day, the day */
	const char *to;    /* after it; NULL: there are no windows */
	const char *until;
	const struct scan *record; /* the record of {/pointer}, or NULL */
	bool hide; /* for people: values of the environment become "***" */
};

struct request {
	const char *method;
	struct buf url;
	struct buf head; /* "Name: value" and a NUL each */
	struct buf body;
	bool has_body;
	bool own; /* it goes to the origin of the source */
};

/**
 * request_init(r) / request_free(r):
 * Initialize a request that is not built yet.
 */
void request_init(struct request *r);
void request_free(struct request *r);

/**
 * request_build(r, v, e):
 * Set ${r} to the request for ${v}.  To an origin other than the source's,
 * which the source must allow, only the URL is sent.  Return 0, or -1:
 * ERR_CONFIG (template, variable), ERR_REFUSED with code cross_origin.
 */
int request_build(struct request *r, const struct request_vars *v,
    struct err *e);

/**
 * request_copy(to, from, e):
 * Make ${to} (initialized) equal to ${from}.  Return 0 or -1.
 */
int request_copy(struct request *to, const struct request *from,
    struct err *e);

/**
 * request_get(r), request_strip(r):
 * Make ${r} a GET without a body; remove the headers of the source, too.
 */
void request_get(struct request *r);
void request_strip(struct request *r);

/**
 * request_lines(r, lines, e):
 * Set ${lines} to the header lines of ${r}, which still owns them, and a NULL.
 * Return 0, or -1 (ERR_CONFIG) if there are too many.
 */
int request_lines(const struct request *r,
    const char *lines[REQUEST_HEADERS + 1], struct err *e);

/**
 * request_show(r, out):
 * Append ${r} as text for people, credentials as "***".
 */
void request_show(const struct request *r, struct buf *out);

#endif /* !NF_FETCH_REQUEST_H */

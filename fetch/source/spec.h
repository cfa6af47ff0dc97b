/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SPEC_H
#define NF_FETCH_SOURCE_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "budget.h"
#include "lib/base/charset.h"
#include "window.h"

/*
 * The data of a source: source.c reads it, everything else uses it.  The lists
 * of names end in NULL.
 */
struct places;
struct ptr;
struct rules;

#define MAX_STATUSES 16 /* in "empty_on" */

enum page_format { PAGE_AUTO, PAGE_JSON, PAGE_NDJSON };

extern const char *const spec_page_formats[];

/* How records are found. */
struct page_spec {
	enum page_format format;
	enum charset charset; /* CHARSET_UNKNOWN: that of the response */
	const struct ptr *records; /* NULL: not named, or in ${places} */
	const struct places *places; /* NULL: one pointer is enough */
	bool missing_ok;           /* nothing at the pointer: no records */
	bool bare_ok;              /* a bare {} has no records either */
	size_t max_line;           /* bytes of a record */
};

/* A place in a response: in its body, or in a header. */
struct place {
	struct ptr *ptr;    /* NULL: not there, or not named at all */
	const char *header;
};

enum paginate_type {
	PAGINATE_AUTO, /* as LINK; unfollowed signs of more fail */
	PAGINATE_NONE,
	PAGINATE_LINK,   /* Link header (RFC 8288) */
	PAGINATE_PAGE,   /* page numbers */
	PAGINATE_OFFSET, /* number of the first record */
	PAGINATE_CURSOR, /* opaque text from the answer, sent back */
	PAGINATE_NEXT    /* URL from the answer */
};

extern const char *const spec_paginate_types[];

struct paginate_spec {
	enum paginate_type type;
	const char *param;      /* PAGE, OFFSET, CURSOR: query parameter */
	const char *size_param; /* query parameter of the size, or NULL */
	uint64_t size;          /* records a page; 0: the server's choice */
	uint64_t start;         /* the first page's number or offset */
	struct ptr *from;       /* CURSOR, NEXT: where in the body */
	bool from_record;       /* CURSOR: ... of the last record */
	const char *from_header;    /* ... or in which header */
	struct place total_pages;   /* how many pages there are */
	struct ptr *more;           /* true while there is more; or NULL */
	struct ptr *end;            /* at the end this is present, or NULL: */
	struct ptr *end_same;       /* ... equal to this, or */
	char *end_equals;           /* ... to this JSON */
	bool stop_short;            /* a smaller page is the last */
	bool step_size;             /* OFFSET: advance by the size requested */
	bool key;                   /* a cursor that counts is a key */
	bool scroll;                /* it may repeat while records come */
	char *first;                /* CURSOR: the first cursor, or NULL */
	bool first_json;            /* it is JSON, not a text */
	const char *own_url;        /* next URLs get its origin; */
	                            /* NULL: they keep their origin */
};

/* The proof that is required that all records came. */
enum require_proof { REQUIRE_NOTHING, REQUIRE_TOTAL, REQUIRE_END };

extern const char *const spec_require_proofs[];
extern const char *const spec_steps[]; /* records, size */

enum auth_type {
	AUTH_NONE,
	AUTH_BEARER,  /* token */
	AUTH_BASIC,   /* user, password */
	AUTH_API_KEY, /* key, in a header or a query parameter */
	AUTH_OAUTH2,  /* client credentials, or a refresh token (RFC 6749) */
	AUTH_GOOGLE_ID, /* ID token for audience, of the metadata server */
	AUTH_LOGIN /* a token or cookie from another request */
};

extern const char *const spec_auth_types[];

struct source;

#define MAX_KEYS 4 /* of an API */

struct auth_key {
	const char *ref, *header, *query; /* one of the last two */
};

/* Members ending in _ref name secrets, see secret.h. */
struct auth_spec {
	enum auth_type type;
	const char *token_ref;
	const char *user_ref, *password_ref;
	struct auth_key keys[MAX_KEYS];
	size_t nkeys;
	struct source *login;  /* LOGIN: the request; its vars name secrets */
	struct place token;    /* where the token is; none: a cookie */
	struct ptr *expires;   /* where its lifetime in seconds is; or NULL */
	const char *header, *prefix; /* how it is sent */
	const char *token_url, *client_id_ref, *client_secret_ref;
	const char *refresh_ref, *scope, *audience;
	bool in_body; /* client id and secret in the form, not in Basic */
};

/* How long an API takes; UINT64_MAX: the default. */
struct timeouts_spec {
	uint64_t connect_ms, answer_ms, page_ms;
	uint64_t low_speed, low_speed_ms;
	uint64_t retry_after_ms; /* the longest Retry-After to obey */
	uint64_t retry_base_ms;  /* maximum before the first retry */
};

struct source_pair {
	const char *name;
	const char *value;
};

struct source_pairs {
	struct source_pair *item;
	size_t n;
};

/* The request, as templates. */
struct source_request {
	const char *url;
	const char *method;
	struct source_pairs query;
	json_t *body_json; /* NULL: none */
	struct source_pairs body_form;
};

struct source {
	json_t *doc; /* the whole object; strings below live in it */
	const char *url; /* that of ${request}; its origin is the source's */
	char *origin;    /* all that ${url} has, if records have URLs */
	char *file; /* the file with the page, "-": stdin; NULL: an API */
	struct source_request request;
	struct source_request first; /* url NULL: like all others */
	struct source_pairs headers;
	const json_t *vars;
	struct page_spec page;
	struct ptr *records;
	struct places *places;
	struct paginate_spec paginate;
	struct window_spec window;
	struct place total; /* how many records there are */
	struct ptr *unique;
	struct source_pairs not_more; /* values only: no signs of more */
	int empty_on[MAX_STATUSES]; /* statuses that mean an empty page */
	size_t nempty_on;
	enum require_proof require_proof;
	struct auth_spec auth;
	struct timeouts_spec timeouts;
	struct rules *rules;
	struct budget *rates;
	size_t nrates;
	struct source_pairs origins; /* values only: others that are allowed */
	const char *ca, *cert, *key; /* files for TLS */
	const char *key_password_ref;
	bool each;        /* one request for each record on stdin, */
	bool each_walks;  /* ... or a walk */
	const char *into; /* its response becomes this member; or NULL */
	bool stable;
	bool strict; /* an incomplete response is an error */
	const char *since; /* {since}: where a feed resumes, or NULL */
	bool idempotent; /* the request may be sent twice */
	bool allow_http; /* credentials over plain http */
	uint64_t max_pages;
	uint64_t max_records;
};

#endif /* !NF_FETCH_SOURCE_SPEC_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_HTTP_CALL_H
#define NF_LIB_HTTP_HTTP_CALL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

struct gzip_reader;

/*
 * One call of http.c, the only user of this header: its request as libcurl
 * needs it, and the response from libcurl.
 */
#define HTTP_CALL_BUFFER (64L * 1024) /* libcurl's own, each way */
#define HTTP_CALL_HEADERS ((size_t)64 * 1024) /* header lines of a response */

struct http_call {
	const struct http_conf *conf;
	int64_t *driven; /* the clock of http.c, set back after a sink */
	CURL *easy;
	struct curl_slist *headers;
	struct http_request req;
	struct http_response res;
	struct err err;   /* the error of a callback */
	char why[CURL_ERROR_SIZE];
	char place[256];  /* the name of the URL in messages */
	uint64_t decoded; /* bytes of body so far */
	size_t header_bytes; /* of all header lines so far */
	int64_t start;    /* all times are on the clock of http.c */
	int64_t sent;     /* the request was sent; -1: not yet */
	int64_t mark;     /* start of the window of the speed limit */
	curl_off_t mark_bytes;
	struct gzip_reader *gzip; /* of a compressed body, or NULL */
	struct buf unpacked;      /* a piece of it, decompressed */
	enum tls_asked *asked;    /* whether a server asked for a certificate */
	bool pkcs12;   /* the client certificate is in a PKCS#12 file */
	bool plain;    /* ${easy} has the options of a GET without specials */
	bool decode;   /* compressed bodies are decompressed */
	bool any_body; /* the first byte of the body has arrived */
	bool answered; /* the first byte has arrived */
	bool in_body;  /* the header lines of the final response are over */
	bool ended;
	CURLcode code;
	struct http_call *prev, *next;
};

/**
 * http_call_setup(c, e):
 * Prepare the easy handle of ${c} for its request.  Return 0 or -1
 * (ERR_CONFIG for an invalid URL or header).
 */
int http_call_setup(struct http_call *c, struct err *e);

/**
 * http_call_whole(c):
 * Return true if the response to ${c} is complete.  libcurl says that it is,
 * but does not notice that a header or a compressed body was cut off.
 */
bool http_call_whole(struct http_call *c);

/**
 * http_call_answered(c):
 * Fill in the fields of the response that come from its header.
 */
void http_call_answered(struct http_call *c);

/**
 * http_call_failed(c, e):
 * Fill ${e} with the reason why the call ended without a complete response.
 */
void http_call_failed(const struct http_call *c, struct err *e);

#endif /* !NF_LIB_HTTP_HTTP_CALL_H */

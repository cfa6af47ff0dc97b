/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_TLS_H
#define NF_LIB_HTTP_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "lib/base/err.h"

/*
 * Client certificates of http.c's calls, and what a failure of TLS means.
 */
struct ossl_provider_st;

/* A client certificate. */
struct tls {
	bool pkcs12; /* it is in such a file */
	struct ossl_provider_st *legacy, *standard; /* for that */
};

/**
 * tls_init(t, cert) / tls_free(t):
 * Prepare for the client certificate in file ${cert}, or NULL: one in a
 * PKCS#12 file may need ciphers that OpenSSL keeps apart.
 */
void tls_init(struct tls *t, const char *cert);
void tls_free(struct tls *t);

/**
 * tls_set(easy, cert, pkcs12, key, password):
 * Give ${easy} the client certificate in file ${cert}, its key (NULL: in
 * there too) and the pass phrase (NULL: none).  Nobody is ever asked for one.
 */
void tls_set(CURL *easy, const char *cert, bool pkcs12, const char *key,
    const char *password);

/* Did a server ask for a client certificate? */
enum tls_asked {
	TLS_UNASKED,
	TLS_ASKED,
	TLS_ASKED_LATE, /* and the one at hand has expired */
	TLS_ASKED_EARLY /* and the one at hand is not valid yet */
};

/**
 * tls_watch(easy, asked):
 * Set ${asked}, borrowed as long as the connections of ${easy}, once a server
 * asks for a client certificate.
 */
void tls_watch(CURL *easy, enum tls_asked *asked);

/* What a failure means. */
struct tls_failure {
	enum err_class class; /* ERR_NONE: it has nothing to do with TLS */
	const char *meaning;  /* for people, or "" */
	bool certificate;     /* it is about the client certificate */
};

/**
 * tls_failure(code, why, has, asked, f):
 * Find in ${f} what it means that a call over TLS ended with ${code} and
 * libcurl's text ${why}, before any answer came.  ${has}: a client
 * certificate was at hand; ${asked}: whether the server asked for one.
 */
void tls_failure(CURLcode code, const char *why, bool has, enum tls_asked asked,
    struct tls_failure *f);

#endif /* !NF_LIB_HTTP_TLS_H */

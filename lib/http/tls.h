/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_TLS_H
#define NF_LIB_HTTP_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "lib/base/err.h"

/*
 * Client certificates of http.c's calls, and the meaning of TLS failures.
 */
struct ossl_provider_st;

/* A client certificate. */
struct tls {
	bool pkcs12; /* it is in a PKCS#12 file */
	struct ossl_provider_st *legacy, *standard; /* to read that file */
};

/**
 * tls_init(t, cert) / tls_free(t):
 * Prepare for the client certificate in file ${cert} (NULL: there is no
 * certificate).  A PKCS#12 file may need ciphers of OpenSSL's legacy provider.
 */
void tls_init(struct tls *t, const char *cert);
void tls_free(struct tls *t);

/**
 * tls_set(easy, cert, pkcs12, key, password):
 * Give ${easy} the client certificate in file ${cert}, its key (NULL: also in
 * ${cert}) and the pass phrase (NULL: no pass phrase).  There is never a prompt
 * for a pass phrase.
 */
void tls_set(CURL *easy, const char *cert, bool pkcs12, const char *key,
    const char *password);

/* Whether a server asked for a client certificate. */
enum tls_asked {
	TLS_UNASKED,
	TLS_ASKED,
	TLS_ASKED_LATE, /* yes, and the one given has expired */
	TLS_ASKED_EARLY /* yes, and the one given is not valid yet */
};

/**
 * tls_watch(easy, asked):
 * Set ${asked} when a server asks for a client certificate.  ${asked} is
 * borrowed as long as the connections of ${easy} exist.
 */
void tls_watch(CURL *easy, enum tls_asked *asked);

/* The meaning of a failure. */
struct tls_failure {
	enum err_class class; /* ERR_NONE: it is not about TLS */
	const char *meaning;  /* for people, or "" */
	bool certificate;     /* it is about the client certificate */
};

/**
 * tls_failure(code, why, has, asked, f):
 * Fill ${f} with the meaning of a failure: a call over TLS ended with ${code}
 * and libcurl's text ${why} before any response arrived.  ${has}: a client
 * certificate was given; ${asked}: whether the server asked for one.
 */
void tls_failure(CURLcode code, const char *why, bool has, enum tls_asked asked,
    struct tls_failure *f);

#endif /* !NF_LIB_HTTP_TLS_H */

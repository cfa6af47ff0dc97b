/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <fcntl.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define DER_SEQUENCE 0x30 /* the first byte of PKCS#12, but not of PEM */
#define REASON_ALERT 1000 /* plus the number of an alert, ssl(3) */
#define MAX_HEX 8

/* Alerts (RFC 8446 section 6). */
enum {
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_NO_CERTIFICATE = 41,
	ALERT_CERTIFICATE_UNKNOWN = 46,
	ALERT_UNKNOWN_CA = 48,
	ALERT_ACCESS_DENIED = 49,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INSUFFICIENT_SECURITY = 71,
	ALERT_UNRECOGNIZED_NAME = 112,
	ALERT_CERTIFICATE_REQUIRED = 116
};

void
tls_init(struct tls *t, const char *cert)
{
	unsigned char first = 0;
	int fd;

	memset(t, 0, sizeof(*t));
	if (cert == NULL)
		return;
	fd = open(cert, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd != -1) {
		if (read(fd, &first, 1) != 1)
			first = 0;
		close(fd);
	}
	t->pkcs12 = first == DER_SEQUENCE;
	if (!t->pkcs12)
		return;
	/* For RC2, used by Windows; without it libcurl reports the reason. */
	t->legacy = OSSL_PROVIDER_load(NULL, "legacy");
	if (t->legacy != NULL) /* which would replace the standard one */
		t->standard = OSSL_PROVIDER_load(NULL, "default");
}

void
tls_free(struct tls *t)
{

	if (t->standard != NULL)
		(void)OSSL_PROVIDER_unload(t->standard);
	if (t->legacy != NULL)
		(void)OSSL_PROVIDER_unload(t->legacy);
}

void
tls_set(CURL *easy, const char *cert, bool pkcs12, const char *key,
    const char *password)
{

	if (cert != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, cert);
	if (pkcs12)
		curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "P12");
	if (key != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
	/* Without a pass phrase, OpenSSL would ask on the terminal. */
	curl_easy_setopt(easy, CURLOPT_KEYPASSWD, password != NULL ?
	    password : "");
}

/* The server asks for a certificate; the one we have is already set. */
static int
note_request(SSL *ssl, void *asked)
{
	const X509 *x = SSL_get_certificate(ssl);

	/* 0: the time cannot be read, so let the server decide. */
	*(enum tls_asked *)asked = x == NULL ? TLS_ASKED :
	    X509_cmp_current_time(X509_get0_notAfter(x)) == -1 ?
	    TLS_ASKED_LATE :
	    X509_cmp_current_time(X509_get0_notBefore(x)) == 1 ?
	    TLS_ASKED_EARLY : TLS_ASKED;
	return (1);
}

static CURLcode
watch_context(CURL *easy, void *context, void *asked)
{

	(void)easy;
	SSL_CTX_set_cert_cb(context, note_request, asked);
	return (CURLE_OK);
}

void
tls_watch(CURL *easy, enum tls_asked *asked)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (v->ssl_version == NULL ||
	    strncmp(v->ssl_version, "OpenSSL/", 8) != 0)
		return; /* the context would belong to another library */
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, watch_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, asked);
}

static int
read_hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return (p == NULL ? -1 : (int)(p - digits));
}

/* The alert in libcurl's text, as in "error:0A00045C:SSL ..."; or 0. */
static unsigned
find_alert(const char *why)
{
	const char *p = strstr(why, "error:");
	uint32_t code = 0;
	int i, digit;

	if (p == NULL)
		return (0);
	p += strlen("error:");
	for (i = 0; i < MAX_HEX && (digit = read_hex(p[i])) != -1; i++)
		code = code << 4 | (uint32_t)digit;
	code &= 0xffff; /* the reason */
	return (i == MAX_HEX && p[i] == ':' && code > REASON_ALERT &&
	    code < REASON_ALERT + 256 ? code - REASON_ALERT : 0);
}

static bool
is_about_certificate(unsigned alert)
{

	return ((alert >= ALERT_NO_CERTIFICATE &&
	    alert <= ALERT_CERTIFICATE_UNKNOWN) ||
	    alert == ALERT_UNKNOWN_CA || alert == ALERT_ACCESS_DENIED ||
	    alert == ALERT_CERTIFICATE_REQUIRED);
}

void
tls_failure(CURLcode code, const char *why, bool has, enum tls_asked asked,
    struct tls_failure *f)
{
	unsigned alert = find_alert(why);
	/* For the server's own certificate it would name the problem. */
	bool late = code == CURLE_PEER_FAILED_VERIFICATION && has &&
	    asked != TLS_UNASKED &&
	    strcmp(why, "SSL certificate verification failed") == 0;
	bool broke = late || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
	    code == CURLE_GOT_NOTHING || code == CURLE_SSL_CONNECT_ERROR;

	memset(f, 0, sizeof(*f));
	f->meaning = "";
	if (code == CURLE_SSL_CERTPROBLEM) {
		f->class = ERR_CONFIG;
		f->certificate = true;
		f->meaning = ": is its pass phrase right?";
	} else if (!broke) {
		f->class = ERR_NONE;
	} else if (has && (asked == TLS_ASKED_LATE ||
	    asked == TLS_ASKED_EARLY)) {
		f->certificate = true;
		f->class = ERR_PERM;
		f->meaning = asked == TLS_ASKED_LATE ?
		    ": the client certificate has expired" :
		    ": the client certificate is not valid yet";
	} else if (late || is_about_certificate(alert) ||
	    (alert == ALERT_HANDSHAKE_FAILURE && asked != TLS_UNASKED)) {
		f->certificate = true;
		f->class = has ? ERR_PERM : ERR_CONFIG;
		f->meaning = has ? ": the server refuses the client "
		    "certificate" : ": the server wants a client "
		    "certificate";
	} else if (alert == ALERT_HANDSHAKE_FAILURE ||
	    alert == ALERT_PROTOCOL_VERSION ||
	    alert == ALERT_INSUFFICIENT_SECURITY ||
	    alert == ALERT_UNRECOGNIZED_NAME) {
		f->class = ERR_CONFIG;
	} else if (asked != TLS_UNASKED) {
		/* The alert may be lost when the connection is closed. */
		f->certificate = !has;
		f->class = ERR_TEMP;
		f->meaning = has ? "; if it is so each time, the server may "
		    "refuse the client certificate" : ": the server asked for "
		    "a client certificate";
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/gzip.h"
#include "lib/base/number.h"
#include "proxy.h"
#include "tls.h"

#define MAX_RETRY_AFTER 1000000000000000LL
#define RATIO_FROM (1024 * 1024) /* decoded bytes before ratios are checked */

/* Record why this call must stop; the result makes libcurl stop it. */
static size_t
refuse_answer_body(struct http_call *c, enum err_class class, const char *code,
    const char *why)
{

	err_set_code(&c->err, class, code, "%s: %s", c->place, why);
	return (0);
}

/* Append a header line as "name: value\n", the name in lower case. */
static void
add_header(struct buf *b, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t i, name;

	if (*p == ' ' || *p == '\t') { /* folded: continues the last line */
		if (b->len > 0)
			b->data[b->len - 1] = ' ';
	} else {
		if (colon == NULL)
			return;
		name = (size_t)(colon - p);
		for (i = 0; i < name; i++)
			buf_putc(b, p[i] >= 'A' && p[i] <= 'Z' ?
			    p[i] + ('a' - 'A') : p[i]);
		buf_puts(b, ": ");
		p += name + 1;
		n -= name + 1;
	}
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	buf_append(b, p, n);
	buf_putc(b, '\n');
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;
	size_t len = size * n, line = len;

	(void)size;
	c->answered = true;
	/* All header lines, including a 1xx before and trailers after. */
	c->header_bytes += len;
	while (line > 0 && (p[line - 1] == '\n' || p[line - 1] == '\r' ||
	    p[line - 1] == ' ' || p[line - 1] == '\t'))
		line--;
	if (line >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		buf_reset(&c->res.headers);
		c->in_body = false;
	} else if (line == 0) {
		c->in_body = true;
	} else if (!c->in_body) { /* trailers are not headers */
		add_header(&c->res.headers, p, line);
	}
	if (c->res.headers.failed || c->header_bytes > HTTP_CALL_HEADERS)
		return (refuse_answer_body(c, ERR_DATA, "headers_too_large",
		    "the answer's header is too large"));
	return (len);
}

/* Pass a piece of the body to the sink, whose time does not count. */
static size_t
give_to_sink(struct http_call *c, const void *p, size_t n)
{
	int64_t before = clock_mono_ms();
	int bad;

	bad = c->req.sink(c->req.sink_arg, p, n, &c->err);
	*c->driven -= clock_mono_ms() - before;
	return (bad ? 0 : n);
}

/* Keep a decoded piece of the body, or pass it to the sink. */
static size_t
take_body(struct http_call *c, const void *p, size_t n)
{
	const struct http_conf *conf = c->conf;
	curl_off_t wire = 0;
	long status = 0;

	c->decoded += n;
	curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
	if (c->decoded > RATIO_FROM && conf->max_ratio > 0 &&
	    c->decoded / conf->max_ratio > (uint64_t)(wire + HTTP_CALL_BUFFER))
		return (refuse_answer_body(c, ERR_DATA, "bomb",
		    "the body decompresses to too many times its size"));
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (c->req.sink != NULL && (status == 200 || status == 206))
		return (give_to_sink(c, p, n));
	if (n > c->res.body.max - c->res.body.len)
		return (refuse_answer_body(c, ERR_DATA, "body_too_large",
		    "the body is larger than allowed"));
	if (buf_append(&c->res.body, p, n)) {
		err_nomem(&c->err);
		return (0);
	}
	return (n);
}

/* Decompress a piece of the body and take the result. */
static size_t
unpack_body(struct http_call *c, const char *p, size_t n)
{
	const size_t room = (size_t)HTTP_CALL_BUFFER;
	struct buf *out = &c->unpacked;
	size_t used, left = n;
	struct err e = { 0 };

	do {
		buf_reset(out);
		if (gzip_read(c->gzip, p, left, &used, out, room,
		    &e) == -1) {
			if (e.class == ERR_DATA)
				return (refuse_answer_body(c, ERR_TEMP,
				    "bad_gzip", e.msg));
			c->err = e;
			return (0);
		}
		p += used;
		left -= used;
		if (out->len > 0 && take_body(c, out->data, out->len) !=
		    out->len)
			return (0);
	} while (left > 0 || out->len == room);
	return (n);
}

/* Do the ${n} bytes at ${p} equal ${word}, ignoring case? */
static bool
names_coding(const char *p, size_t n, const char *word)
{

	return (strlen(word) == n && strncasecmp(p, word, n) == 0);
}

/* How a body is compressed. */
enum coding { PLAIN, GZIP, DEFLATE, OTHER };

/*
 * The meaning of Content-Encoding ${v}.  Some servers send a charset there, or
 * an encoding of mail.
 */
static enum coding
read_coding(const char *v)
{
	static const char *const none[] = { "identity", "none", "utf-8",
		"utf8", "us-ascii", "iso-8859-1", "binary", "7bit", "8bit",
		NULL };
	const char *const *name;
	enum coding coding = PLAIN, one;
	size_t n;

	for (; *v != '\0'; v += n) {
		v += strspn(v, ", \t");
		n = strcspn(v, ", \t");
		for (name = none; *name != NULL && !names_coding(v, n, *name);
		    name++)
			;
		one = n == 0 || *name != NULL ? PLAIN :
		    names_coding(v, n, "gzip") ||
		    names_coding(v, n, "x-gzip") ? GZIP :
		    names_coding(v, n, "deflate") ? DEFLATE : OTHER;
		if (one != PLAIN)
			coding = coding == PLAIN ? one : OTHER;
	}
	return (coding);
}

/* The first piece of the body has arrived: is it compressed? */
static int
begin_body(struct http_call *c)
{
	char v[64];
	long status = 0;
	int rc = http_header(&c->res, "content-encoding", v, sizeof(v));
	enum coding coding = rc == 1 ? read_coding(v) : OTHER;

	c->any_body = true;
	if (!c->decode || rc == 0 || coding == PLAIN)
		return (0);
	if (coding != OTHER) {
		c->gzip = coding == GZIP ? gzip_reader_new(&c->err) :
		    gzip_reader_deflate(&c->err);
		return (c->gzip == NULL ? -1 : 0);
	}
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
		return (0);
	refuse_answer_body(c, ERR_DATA, "bad_encoding",
	    "the body has an encoding that " "was not asked for");
	return (-1);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;

	n *= size;
	if (!c->any_body && begin_body(c) == -1)
		return (0);
	return (c->gzip != NULL ? unpack_body(c, p, n) : take_body(c, p, n));
}

/* Is this "Name: value" with nothing in it that could end the line? */
static bool
is_header_ok(const char *s)
{
	static const char token[] =
	    "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strspn(s, token);

	if (n == 0 || s[n] != ':')
		return (false);
	for (s += n + 1; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return (false);
	return (true);
}

static int
add_line(struct http_call *c, const char *line, struct err *e)
{
	struct curl_slist *l = curl_slist_append(c->headers, line);

	if (l == NULL)
		return (err_nomem(e));
	c->headers = l;
	return (0);
}

/* Make the list of header lines of a call. */
static int
set_headers(struct http_call *c, struct err *e)
{
	const char *const *p = c->req.headers;
	bool type = false;

	c->decode = true;
	for (; p != NULL && *p != NULL; p++) {
		if (!is_header_ok(*p))
			return (err_set(e, ERR_CONFIG,
			    "%s: a header is not \"Name: value\" in one line",
			    c->place));
		if (strncasecmp(*p, "accept-encoding:", 16) == 0)
			c->decode = false;
		if (strncasecmp(*p, "content-type:", 13) == 0)
			type = true;
		/* For libcurl "Name:" means "leave it out". */
		if (add_line(c, *p, e) == -1)
			return (-1);
	}
	if (c->req.body != NULL && !type &&
	    add_line(c, "Content-Type:", e) == -1)
		return (-1);
	if (add_line(c, "Expect:", e) == -1 || (c->decode &&
	    add_line(c, "Accept-Encoding: gzip", e) == -1))
		return (-1);
	/* Decoded here: libcurl does not notice a truncated compressed body. */
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	return (0);
}

/* Check the URL and make its name in messages: no query, no user info. */
static int
set_place(struct http_call *c, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL, *shown = NULL;
	const char *p;
	int rc = -1;

	for (p = c->req.url; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			break;
	if (u == NULL) {
		err_nomem(e);
	} else if (*p != '\0' ||
	    curl_url_set(u, CURLUPART_URL, c->req.url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
		err_set(e, ERR_CONFIG, "not a URL");
	} else if (strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0) {
		err_set(e, ERR_CONFIG, "a URL that is not http or https");
	} else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK) {
		err_set(e, ERR_CONFIG, "a URL with a user name in it");
	} else if (c->req.place == NULL &&
	    (curl_url_set(u, CURLUPART_QUERY, NULL, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_URL, &shown, 0) != CURLUE_OK)) {
		err_nomem(e);
	} else {
		snprintf(c->place, sizeof(c->place), "%s",
		    shown != NULL ? shown : c->req.place);
		rc = 0;
	}
	curl_free(scheme);
	curl_free(user);
	curl_free(shown);
	curl_url_cleanup(u);
	return (rc);
}

/* Method and body.  Always POSTFIELDS, which does not copy the body. */
static void
set_body(struct http_call *c)
{
	const struct http_request *r = &c->req;

	if (r->body != NULL) {
		curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, r->body);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->body_len);
		if (r->body_len > (size_t)HTTP_CALL_BUFFER)
			curl_easy_setopt(c->easy, CURLOPT_UPLOAD_BUFFERSIZE,
			    8 * HTTP_CALL_BUFFER);
	} else if (strcmp(r->method, "HEAD") == 0) {
		curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->once)
		curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L);
}

/* Where the request goes. */
static void
set_target(struct http_call *c)
{
	const char *proxy = c->conf->proxy;

	c->why[0] = '\0';
	if (proxy == NULL)
		proxy = proxy_find(c->req.url);
	curl_easy_setopt(c->easy, CURLOPT_URL, c->req.url);
	curl_easy_setopt(c->easy, CURLOPT_PROXY, proxy == NULL ? "" : proxy);
}

/* The options that are the same for all requests of a kind. */
static void
set_options(struct http_call *c)
{
	const struct http_conf *f = c->conf;
	const char *ca = proxy_ca_file(f->ca_file);
	CURL *easy = c->easy;

	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->why);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, HTTP_CALL_BUFFER);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)f->connect_ms);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	if (c->req.sink == NULL)
		curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
		    (curl_off_t)f->max_body);
	if (f->user_agent != NULL)
		curl_easy_setopt(easy, CURLOPT_USERAGENT, f->user_agent);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	/* libcurl only knows the path of the system it was built on. */
	if (ca != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
	if (!c->req.bare)
		tls_set(easy, f->cert, c->pkcs12, f->key,
		    f->key_password);
	tls_watch(easy, c->asked);
}

int
http_call_setup(struct http_call *c, struct err *e)
{
	const struct http_request *r = &c->req;
	bool plain = strcmp(r->method, "GET") == 0 && r->body == NULL &&
	    r->sink == NULL && !r->once && !r->bare && !r->secret;

	if (set_place(c, e) == -1)
		return (-1);
	if (!c->plain || !plain) {
		curl_easy_reset(c->easy);
		set_options(c);
		set_body(c);
		c->plain = plain;
	}
	set_target(c);
	return (set_headers(c, e));
}

bool
http_call_whole(struct http_call *c)
{

	struct err e = { 0 };

	if (!c->in_body)
		return (false);
	if (c->gzip == NULL || gzip_read_end(c->gzip, &e) == 0)
		return (true);
	refuse_answer_body(c, ERR_TEMP, "bad_gzip",
	    "the compressed body is truncated");
	return (false);
}

/* Does the response mark the end of its body? */
static bool
is_framed(struct http_call *c)
{
	curl_off_t length = -1;
	long version = 0;
	char v[64];

	curl_easy_getinfo(c->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (version >= CURL_HTTP_VERSION_2_0)
		return (true);
	if (http_header(&c->res, "transfer-encoding", v, sizeof(v)) != 0)
		return (strcasestr(v, "chunked") != NULL);
	return (length >= 0);
}

/*
 * The value of the Retry-After header in milliseconds (RFC 9110 10.2.3); some
 * servers send a fraction, which is rounded up.
 */
static int64_t
read_retry_after(const struct http_response *r)
{
	bool more = false;
	char v[64], *fraction;
	uint64_t n;
	int64_t s;
	time_t at;

	if (http_header(r, "retry-after", v, sizeof(v)) != 1)
		return (-1);
	fraction = strchr(v, '.');
	if (fraction != NULL && fraction[1] != '\0' &&
	    fraction[1 + strspn(fraction + 1, "0123456789")] == '\0') {
		*fraction = '\0'; /* round up to a whole second */
		more = fraction[1 + strspn(fraction + 1, "0")] != '\0';
	}
	if (v[0] != '\0' && v[strspn(v, "0123456789")] == '\0') {
		if (number_read(v, 0, MAX_RETRY_AFTER / 1000 - 1, &n) == -1)
			return (MAX_RETRY_AFTER);
		return ((int64_t)n * 1000 + (more ? 1000 : 0));
	}
	at = curl_getdate(v, NULL);
	if (at == -1)
		return (-1);
	s = (int64_t)at - clock_micros() / 1000000;
	if (s > MAX_RETRY_AFTER / 1000)
		s = MAX_RETRY_AFTER / 1000;
	return (s > 0 ? s * 1000 : 0);
}

void
http_call_answered(struct http_call *c)
{

	c->res.framed = is_framed(c);
	c->res.retry_after_ms = read_retry_after(&c->res);
}

/* The class of a libcurl error that is not temporary. */
static enum err_class
classify_code(CURLcode code)
{

	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return (ERR_IO);
	case CURLE_FILESIZE_EXCEEDED:
		return (ERR_DATA);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT:
		return (ERR_CONFIG);
	default:
		return (ERR_TEMP);
	}
}

/* libcurl refuses a trailer line over 4 KiB with this text. */
static bool
is_long_trailer(const struct http_call *c)
{

	return (c->code == CURLE_RECV_ERROR &&
	    strstr(c->why, "Out of memory in chunked") != NULL);
}

/* The reason: libcurl's text if the code alone is not specific enough. */
static const char *
describe_code(const struct http_call *c)
{
	bool own = classify_code(c->code) == ERR_CONFIG ||
	    strstr(c->why, "chunked") != NULL;

	return (own && c->why[0] != '\0' ? c->why :
	    curl_easy_strerror(c->code));
}

/* Did libcurl fail because of TLS?  If so, report the meaning. */
static bool
report_tls(const struct http_call *c, struct err *e)
{
	struct tls_failure f;
	const char *why;

	if (strncasecmp(c->req.url, "https:", 6) != 0 || c->answered)
		return (false);
	tls_failure(c->code, c->why, c->conf->cert != NULL && !c->req.bare,
	    *c->asked, &f);
	if (f.class == ERR_NONE && c->code != CURLE_SSL_CONNECT_ERROR)
		return (false);
	why = c->why[0] != '\0' ? c->why : curl_easy_strerror(c->code);
	if (f.certificate)
		err_set_code(e, f.class, "client_certificate", "%s: %s%s",
		    c->place, why, f.meaning);
	else
		err_set_code(e, f.class != ERR_NONE ? f.class : ERR_TEMP,
		    "no_answer", "%s: %s%s", c->place, why, f.meaning);
	return (true);
}

void
http_call_failed(const struct http_call *c, struct err *e)
{
	long os = 0;

	if (c->err.class != ERR_NONE) {
		*e = c->err;
		return;
	}
	curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &os);
	if (c->code == CURLE_FILESIZE_EXCEEDED) {
		err_set_code(e, ERR_DATA, "body_too_large", "%s: the body is "
		    "larger than allowed", c->place);
		return;
	}
	if (is_long_trailer(c)) {
		err_set_code(e, ERR_DATA, "headers_too_large", "%s: a line "
		    "of the answer's trailer is too long", c->place);
		return;
	}
	if (report_tls(c, e))
		return;
	if (c->code == CURLE_COULDNT_CONNECT && os != 0)
		err_set_code(e, ERR_TEMP, "no_answer", "%s: cannot connect: "
		    "%s", c->place, strerror((int)os));
	else
		err_set_code(e, classify_code(c->code), "no_answer", "%s: %s",
		    c->place, describe_code(c));
}

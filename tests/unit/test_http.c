/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/http/proxy.h"
#include "lib/base/gzip.h"
#include "tests/unit/check.h"

/*
 * A server of one connection at a time that answers as scripted,
 * byte for byte, and keeps what it was asked.
 */
struct server {
	int fd;
	char url[64];
	char asked[1 << 16];
	size_t asked_len;
	size_t got_body;
	const char *reply;
	size_t reply_len;
	int stall_ms;  /* wait before the reply */
	int drip_ms;   /* between its bytes */
	int connections;
	int keep;      /* keep the connection for another request */
};

static struct server srv;

static void
nap(int ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&t, NULL);
}

/* Read one request: header, and the body its Content-Length tells. */
static int
hear(int c)
{
	static char buf[1 << 16];
	size_t n = 0, want = 0;
	char *end = NULL, *cl;
	ssize_t r;

	srv.got_body = 0;
	while (end == NULL) {
		r = read(c, buf + n, sizeof(buf) - 1 - n);
		if (r <= 0)
			return (-1);
		n += (size_t)r;
		buf[n] = '\0';
		end = strstr(buf, "\r\n\r\n");
	}
	cl = strstr(buf, "Content-Length: ");
	if (cl != NULL && cl < end)
		want = strtoul(cl + 16, NULL, 10);
	srv.asked_len = (size_t)(end + 4 - buf);
	memcpy(srv.asked, buf, srv.asked_len);
	srv.asked[srv.asked_len] = '\0';
	srv.got_body = n - srv.asked_len;
	while (srv.got_body < want) {
		r = read(c, buf, sizeof(buf));
		if (r <= 0)
			return (-1);
		srv.got_body += (size_t)r;
	}
	return (0);
}

/* The script may be another as soon as the reply is written. */
static void
say(int c)
{
	const char *reply = srv.reply;
	size_t len = srv.reply_len, i;
	int drip_ms = srv.drip_ms;

	nap(srv.stall_ms);
	if (drip_ms == 0 && write(c, reply, len) < 0)
		return;
	for (i = 0; drip_ms != 0 && i < len; i++) {
		if (send(c, reply + i, 1, MSG_NOSIGNAL) < 0)
			return;
		nap(drip_ms);
	}
}

static void *
serve(void *arg)
{
	int c, keep;

	(void)arg;
	while ((c = accept(srv.fd, NULL, NULL)) >= 0) {
		srv.connections++;
		for (keep = 1; keep && hear(c) == 0; say(c))
			keep = srv.keep;
		close(c);
	}
	return (NULL);
}

static void
server_start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	pthread_t t;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	srv.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(srv.fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(srv.fd, 16) != 0 ||
	    getsockname(srv.fd, (struct sockaddr *)&a, &n) != 0 ||
	    pthread_create(&t, NULL, serve, NULL) != 0)
		abort();
	pthread_detach(t);
	snprintf(srv.url, sizeof(srv.url), "http://127.0.0.1:%d/a?key=secret",
	    ntohs(a.sin_port));
}

static void
will_say(const char *reply, size_t n)
{

	srv.reply = reply;
	srv.reply_len = n;
	srv.stall_ms = srv.drip_ms = 0;
}

static struct http_conf conf;

/* One call; what came of it is in the globals. */
static struct http *h;
static struct http_call *call;
static struct err e;

static const struct http_response *
get(void)
{
	struct http_request q = { .method = "GET", .url = srv.url };

	http_end(h, call);
	http_free(h);
	err_clear(&e);
	call = NULL;
	h = http_new(&conf, &e);
	return (http_perform(h, &q, &call, &e));
}

#define SAY(s) will_say((s), sizeof(s) - 1)

static void
test_plain(void)
{
	const struct http_response *r;
	char v[32];

	SAY("HTTP/1.1 200 OK\r\nX-Total:  12 \r\nLink: <a>; rel=x\r\n"
	    "Folded: a\r\n  b\r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello");
	r = get();
	CHECK(r != NULL);
	if (r == NULL)
		return;
	CHECK_INT(r->status, 200);
	CHECK_MEM(r->body.data, r->body.len, "hello");
	CHECK_INT(r->retry_after_ms, -1);
	CHECK_UINT(r->received, 5);
	CHECK(http_header(r, "x-total", v, sizeof(v)) && !strcmp(v, "12"));
	CHECK(http_header(r, "folded", v, sizeof(v)) && !strcmp(v, "a b"));
	CHECK(http_header(r, "empty", v, sizeof(v)) && !strcmp(v, ""));
	CHECK(!http_header(r, "x-tot", v, sizeof(v)));
	CHECK_INT(http_header(r, "link", v, 4), -1);
	CHECK_INT(r->framed, 1);
	CHECK(strstr(srv.asked, "GET /a?key=secret HTTP/1.1\r\n") != NULL);
	CHECK(strstr(srv.asked, "Accept-Encoding: gzip\r\n") != NULL);
	CHECK(strstr(srv.asked, "Expect:") == NULL);
	CHECK(http_sent(call));

	/* An interim answer is not the answer; nor are trailers headers. */
	SAY("HTTP/1.1 103 Early\r\nX-Total: 1\r\n\r\nHTTP/1.1 404 No\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX-T: 1\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->status == 404 &&
	    !http_header(r, "x-total", v, sizeof(v)) &&
	    !http_header(r, "x-t", v, sizeof(v)));
}

static void
fails(enum err_class class, const char *code)
{

	CHECK(get() == NULL);
	CHECK_INT(e.class, class);
	CHECK_STR(e.code, code);
	CHECK(strstr(e.msg, "secret") == NULL);
}

static void
test_broken(void)
{
	static char big[70000];
	char url[64];
	size_t n;

	SAY("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
	fails(ERR_TEMP, "no_answer");
	SAY("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
	fails(ERR_TEMP, "no_answer");
	SAY("HTTP/1.1 200 OK\r\nContent-");
	fails(ERR_TEMP, "no_answer");
	SAY("");
	fails(ERR_TEMP, "no_answer");
	SAY("SMTP ready\r\n");
	fails(ERR_TEMP, "no_answer");
	SAY("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	fails(ERR_TEMP, "bad_gzip");
	SAY("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	fails(ERR_DATA, "bad_encoding");
	memset(big, 'a', sizeof(big));
	memcpy(big, "HTTP/1.1 200 OK\r\nA: ", 20);
	memcpy(big + sizeof(big) - 4, "\r\n\r\n", 4);
	will_say(big, sizeof(big));
	fails(ERR_DATA, "headers_too_large");
	SAY("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\n[]\r\n0\r\nno colon\r\n\r\n");
	fails(ERR_TEMP, "no_answer");
	CHECK(strstr(e.msg, "chunked") != NULL);
	/* One line of a trailer, longer than libcurl takes. */
	memset(big, 'a', sizeof(big));
	n = (size_t)snprintf(big, sizeof(big), "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nA: ");
	big[n] = 'a';
	memcpy(big + n + 8192, "\r\n\r\n", 4);
	will_say(big, n + 8196);
	fails(ERR_DATA, "headers_too_large");
	CHECK(strstr(e.msg, "trailer") != NULL);

	snprintf(url, sizeof(url), "%s", srv.url);
	snprintf(srv.url, sizeof(srv.url), "http://127.0.0.1:1/?key=secret");
	fails(ERR_TEMP, "no_answer");
	CHECK(!http_sent(call));
	CHECK_STR(e.msg,
	    "http://127.0.0.1:1/: cannot connect: Connection refused");
	snprintf(srv.url, sizeof(srv.url), "%s", url);
}

static void
test_slow(void)
{

	conf.first_byte_ms = 200;
	SAY("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
	srv.stall_ms = 800;
	fails(ERR_TEMP, "timeout");
	conf.first_byte_ms = 5000;
	CHECK(get() != NULL);

	conf.low_speed = 1000;
	conf.low_speed_s = 1;
	SAY("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nxxxxxxxxxxxxxxxxxxx");
	srv.drip_ms = 50;
	fails(ERR_TEMP, "timeout");

	conf.low_speed_s = 0;
	conf.total_ms = 300;
	fails(ERR_TEMP, "timeout");
	http_conf_default(&conf);
}

/* ${n} zeros, as an answer in gzip. */
static void
say_zeros(size_t n)
{
	static struct buf reply;
	static char zeros[1 << 16];
	struct gzip_writer *w = gzip_writer_new(&e);

	buf_init(&reply, 8U << 20);
	buf_puts(&reply, "HTTP/1.1 200 OK\r\n"
	    "Content-Encoding: gzip\r\nConnection: close\r\n\r\n");
	for (; w != NULL && n > 0; n -= sizeof(zeros))
		gzip_write(w, zeros, sizeof(zeros), n == sizeof(zeros),
		    &reply, &e);
	will_say((char *)reply.data, reply.len);
	gzip_writer_free(w);
}

static void
test_large(void)
{
	const struct http_response *r;

	conf.max_body = 4;
	SAY("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	fails(ERR_DATA, "body_too_large");
	SAY("HTTP/1.1 200 OK\r\n\r\nhello");
	fails(ERR_DATA, "body_too_large");
	conf.max_body = 5;
	r = get();
	CHECK(r != NULL && r->body.len == 5 && !r->framed);

	conf.max_body = 1U << 30;
	say_zeros(128U << 20);
	fails(ERR_DATA, "bomb");
	conf.max_ratio = 0;
	r = get();
	CHECK(r != NULL && r->body.len == 128U << 20 &&
	    r->received < 2U << 20);
	conf.max_body = 1U << 20;
	fails(ERR_DATA, "body_too_large");
	http_conf_default(&conf);
}

static void
test_retry_after(void)
{
	const struct http_response *r;

	SAY("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms == 7000 && r->body.len == 0);
	SAY("HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 2060 00:00:00 GMT"
	    "\r\nContent-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms > 86400000);
	SAY("HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 203293 00:00:00 GMT"
	    "\r\nContent-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms == 1000000000000000);
	SAY("HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 1999 00:00:00 GMT"
	    "\r\nContent-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms == 0);
	SAY("HTTP/1.1 429 Slow\r\nRetry-After: soon\r\n"
	    "Content-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms == -1);
	SAY("HTTP/1.1 429 Slow\r\nRetry-After: 99999999999999999999999\r\n"
	    "Content-Length: 0\r\n\r\n");
	r = get();
	CHECK(r != NULL && r->retry_after_ms > 86400000);
}

static int
refuses(const char *url, const char *header)
{
	const char *const headers[] = { header, NULL };
	struct http_request q = { .method = "GET", .url = url,
		.headers = headers };

	err_clear(&e);
	return (http_start(h, &q, &e) == NULL && e.class == ERR_CONFIG);
}

static void
test_injection(void)
{

	SAY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	get();
	CHECK(refuses("file:///etc/passwd", "A: b"));
	CHECK(refuses("ftp://127.0.0.1/", "A: b"));
	CHECK(refuses("http://u:p@127.0.0.1/", "A: b"));
	CHECK(refuses("http://127.0.0.1/a b", "A: b"));
	CHECK(refuses("http://127.0.0.1/\r\nX: y", "A: b"));
	CHECK(refuses("/relative", "A: b"));
	CHECK(refuses("", "A: b"));
	CHECK(refuses(srv.url, "A: b\r\nX: y"));
	CHECK(refuses(srv.url, "A: b\nX: y"));
	CHECK(refuses(srv.url, "A b"));
	CHECK(refuses(srv.url, ": b"));
	CHECK(refuses(srv.url, "A B: c"));
	CHECK(!refuses(srv.url, "A: b\tc \303\251"));
}

struct taken {
	size_t n;
	int stop;
};

static int
take(void *arg, const void *p, size_t n, struct err *err)
{
	struct taken *t = arg;

	(void)p;
	t->n += n;
	return (t->stop ? err_set(err, ERR_IO, "full") : 0);
}

/* Bodies out of memory, with any method; answers into a sink. */
static void
test_transfer(void)
{
	static const char *const headers[] = { "Accept-Encoding: identity",
		"Content-Type: application/gzip", NULL };
	struct taken t = { 0, 0 };
	struct http_request q = { .method = "PUT", .url = srv.url,
		.headers = headers, .sink = take, .sink_arg = &t };
	const struct http_response *r;

	q.body_len = 70U << 20;
	q.body = calloc(1, q.body_len);
	SAY("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	http_end(h, call);
	r = http_perform(h, &q, &call, &e);
	CHECK(r != NULL && r->body.len == 0 && t.n == 5);
	CHECK_UINT(srv.got_body, q.body_len);
	CHECK(strncmp(srv.asked, "PUT ", 4) == 0);
	CHECK(strstr(srv.asked, "Expect:") == NULL);
	CHECK(strstr(srv.asked, "Content-Type: application/gzip") != NULL);
	CHECK(strstr(srv.asked, "urlencoded") == NULL);
	free((void *)(uintptr_t)q.body);

	/* What is not 200 or 206 goes to the body; an empty body is one. */
	SAY("HTTP/1.1 308 Go on\r\nContent-Length: 5\r\n\r\nhello");
	q.body = "";
	q.body_len = 0;
	q.once = true;
	http_end(h, call);
	r = http_perform(h, &q, &call, &e);
	CHECK(r != NULL && r->body.len == 5 && t.n == 5);
	CHECK(strstr(srv.asked, "Content-Length: 0") != NULL);

	SAY("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	t.stop = 1;
	q.method = "DELETE";
	q.body = NULL;
	http_end(h, call);
	err_clear(&e);
	CHECK(http_perform(h, &q, &call, &e) == NULL);
	CHECK_INT(e.class, ERR_IO);
	CHECK(strncmp(srv.asked, "DELETE ", 7) == 0);
}

/* Connections are kept, and an abandoned call does no harm. */
static void
test_reuse(void)
{
	struct http_request q = { .method = "GET", .url = srv.url };
	int i;

	SAY("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	get();
	srv.keep = 1;
	get();
	i = srv.connections;
	http_end(h, call);
	CHECK(http_perform(h, &q, &call, &e) != NULL);
	CHECK_INT(srv.connections, i);
	http_end(h, call);
	call = http_start(h, &q, &e);
	CHECK_INT(http_wait(h, call, -1, &e), 1);
	CHECK_INT(http_wait(h, call, 0, &e), 1);
	http_end(h, call);
	call = http_start(h, &q, &e);
	http_end(h, call);
	call = NULL;
	CHECK_INT(http_wait(h, NULL, 0, &e), 1);
	CHECK_INT(http_wait(h, NULL, 20, &e), 0);
	srv.keep = 0;
}

static void
forget_proxies(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
		"all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
		"ALL_PROXY", "NO_PROXY", "REQUEST_METHOD" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* One variable, one URL: the proxy, "" for none. */
static void
test_proxies(void)
{
	static const struct {
		const char *name, *url, *want;
	} cases[] = {
		{ "http_proxy", "http://a.example/", "p" },
		{ "HTTP_PROXY", "http://a.example/", "p" },
		{ "https_proxy", "http://a.example/", "" },
		{ "https_proxy", "https://a.example:8443/x", "p" },
		{ "HTTPS_PROXY", "https://a.example/", "p" },
		{ "all_proxy", "https://a.example/", "p" },
		{ "ALL_PROXY", "http://a.example/", "p" },
		{ "https_proxy", "https://localhost:1/", "" },
		{ "https_proxy", "https://127.8.0.1/", "" },
		{ "http_proxy", "http://[::1]:80/", "" },
		{ "http_proxy", "http://127.0.0.1.example/", "p" },
	};
	static const struct {
		const char *list, *url, *want;
	} excepted[] = {
		{ "*", "https://a.example/", "" },
		{ "example", "https://a.example/", "" },
		{ ".a.example", "https://a.example/", "" },
		{ "b.example, a.example", "https://A.Example:443/", "" },
		{ "ample", "https://a.example/", "p" },
		{ "x.a.example", "https://a.example/", "p" },
		{ "10.0.0.0/8", "https://10.200.0.1/", "" },
		{ "10.0.0.0/9", "https://10.200.0.1/", "p" },
		{ "fd00::/8", "https://[fd12::1]/", "" },
		{ "10.0.0.1/x", "https://10.0.0.1/", "p" },
		{ "10.0.0.1", "https://10.0.0.1:9/", "" },
	};
	const char *got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		forget_proxies();
		setenv(cases[i].name, "p", 1);
		got = proxy_find(cases[i].url);
		CHECK_STR(got == NULL ? "" : got, cases[i].want);
	}
	for (i = 0; i < sizeof(excepted) / sizeof(excepted[0]); i++) {
		forget_proxies();
		setenv("https_proxy", "p", 1);
		setenv(i % 2 == 0 ? "no_proxy" : "NO_PROXY", excepted[i].list,
		    1);
		got = proxy_find(excepted[i].url);
		CHECK_STR(got == NULL ? "" : got, excepted[i].want);
	}
	/* A client of a CGI program sets HTTP_PROXY with a header. */
	forget_proxies();
	setenv("HTTP_PROXY", "p", 1);
	setenv("REQUEST_METHOD", "GET", 1);
	CHECK(proxy_find("http://a.example/") == NULL);
	forget_proxies();
}

static void
test_local(void)
{

	CHECK(proxy_is_local("http://localhost/"));
	CHECK(proxy_is_local("http://LocalHost:80/"));
	CHECK(proxy_is_local("http://127.0.0.1:8080/"));
	CHECK(proxy_is_local("http://[::1]:1/"));
	CHECK(!proxy_is_local("http://127.0.0.1.example/"));
	CHECK(!proxy_is_local("http://localhost.example/"));
	CHECK(!proxy_is_local("http://10.0.0.1/"));
}

int
main(void)
{

	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	http_conf_default(&conf);
	server_start();
	TEST(test_local);
	TEST(test_proxies);
	TEST(test_plain);
	TEST(test_broken);
	TEST(test_slow);
	TEST(test_large);
	TEST(test_retry_after);
	TEST(test_injection);
	TEST(test_transfer);
	TEST(test_reuse);
	http_end(h, call);
	http_free(h);
	return (check_done());
}

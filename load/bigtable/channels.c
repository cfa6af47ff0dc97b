/* SPDX-License-Identifier: Apache-2.0 */
#include "channels.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/thread.h"
#include "lib/http/proxy.h"

/* As in Google's own clients; messages from the server may be large. */
#define KEEPALIVE_MS 30000
#define KEEPALIVE_TIMEOUT_MS 10000
#define MAX_RECEIVE (256 << 20)
#define RECONNECT_MIN_MS 100
#define RECONNECT_MAX_MS 5000
#define CLOSE_S 5
#define MAX_ROOTS ((size_t)4 << 20)
#define MAX_URL ((size_t)4096)
#define PEM "-----BEGIN CERTIFICATE-----"

struct channels {
	grpc_channel **channel;
	unsigned int n;
	unsigned int next;
};

/* Turn off gRPC's log for its developers: statuses report failures. */
static void
drop_message(gpr_log_func_args *args)
{

	(void)args;
}

static grpc_arg
int_arg(const char *key, int v)
{
	grpc_arg a = { .type = GRPC_ARG_INTEGER,
		.key = (char *)(uintptr_t)key, .value.integer = v };

	return (a);
}

/*
 * ${roots}: the certificates to trust (PEM), or NULL for the usual ones;
 * ${proxy}: a URL, or "" for none.
 */
static grpc_channel *
open_channel(const struct channels_conf *conf, const char *roots,
    const char *proxy)
{
	grpc_arg args[] = {
		{ .type = GRPC_ARG_STRING,
		    .key = (char *)(uintptr_t)
			GRPC_ARG_PRIMARY_USER_AGENT_STRING,
		    .value.string = (char *)(uintptr_t)conf->user_agent },
		int_arg(GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS),
		int_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIMEOUT_MS),
		int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, MAX_RECEIVE),
		int_arg(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, RECONNECT_MIN_MS),
		int_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
		    RECONNECT_MIN_MS),
		int_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, RECONNECT_MAX_MS),
		/*
		 * gRPC's own rules for environment variables differ from ours.
		 */
		int_arg(GRPC_ARG_ENABLE_HTTP_PROXY, *proxy != '\0'),
		{ .type = GRPC_ARG_STRING,
		    .key = (char *)(uintptr_t)GRPC_ARG_HTTP_PROXY,
		    .value.string = (char *)(uintptr_t)proxy },
		/*
		 * Retries need to know which entries failed, so we retry
		 * ourselves.
		 */
		int_arg(GRPC_ARG_ENABLE_RETRIES, 0),
		int_arg(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
		/* Each channel has its own connection. */
		int_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1),
	};
	grpc_channel_args all = { sizeof(args) / sizeof(args[0]), args };
	grpc_channel_credentials *creds;
	grpc_channel *c;

	creds = conf->plaintext ? grpc_insecure_credentials_create() :
	    grpc_ssl_credentials_create_ex(roots, NULL, NULL, NULL);
	c = grpc_channel_create(conf->endpoint, creds, &all);
	grpc_channel_credentials_release(creds);
	return (c);
}

/* The same choice as in lib/http. */
static int
read_roots(const struct channels_conf *conf, struct buf *roots, struct err *e)
{
	const char *path = proxy_ca_file(conf->ca_file);

	if (conf->plaintext || path == NULL)
		return (0);
	if (io_slurp(path, MAX_ROOTS, roots, e) == -1)
		return (-1);
	if (buf_cstr(roots) == NULL)
		return (err_nomem(e));
	if (strstr((const char *)roots->data, PEM) == NULL)
		return (err_set(e, ERR_CONFIG, "%s: no certificates (PEM)",
		    path));
	return (0);
}

/*
 * The proxy for the endpoint, chosen as for its URL; gRPC connects to a proxy
 * only over http.
 */
static int
find_proxy(const struct channels_conf *conf, struct buf *out, struct err *e)
{
	const char *host = conf->endpoint, *proxy;
	struct buf url;
	int rc = 0;

	if (strncmp(host, "dns:", 4) == 0)
		host += 4 + strspn(host + 4, "/");
	buf_init(&url, MAX_URL);
	buf_printf(&url, "%s://%s/", conf->plaintext ? "http" : "https", host);
	if (buf_cstr(&url) == NULL)
		rc = err_nomem(e);
	else if ((proxy = proxy_find((const char *)url.data)) == NULL)
		buf_puts(out, "");
	else if (strstr(proxy, "://") == NULL)
		buf_printf(out, "http://%s", proxy);
	else if (strncasecmp(proxy, "http://", 7) == 0)
		buf_puts(out, proxy);
	else
		rc = err_set_code(e, ERR_CONFIG, "bad_address", "a proxy that "
		    "is not http:// is not supported for Bigtable");
	buf_free(&url);
	if (rc == 0 && buf_cstr(out) == NULL)
		rc = err_nomem(e);
	return (rc);
}

struct channels *
channels_open(const struct channels_conf *conf, struct err *e)
{
	struct channels *c;
	struct buf roots, proxy;

	buf_init(&roots, MAX_ROOTS);
	buf_init_secret(&proxy, MAX_URL);
	if (read_roots(conf, &roots, e) == -1 ||
	    find_proxy(conf, &proxy, e) == -1) {
		buf_free(&roots);
		buf_free(&proxy);
		return (NULL);
	}
	if ((c = calloc(1, sizeof(*c))) == NULL || (c->channel =
	    calloc(conf->channels, sizeof(*c->channel))) == NULL) {
		free(c);
		buf_free(&roots);
		buf_free(&proxy);
		err_nomem(e);
		return (NULL);
	}
	/*
	 * We never fork, and there is a listener for gRPC's own messages only
	 * when they were requested.
	 */
	setenv("GRPC_ENABLE_FORK_SUPPORT", "0", 1);
	if (getenv("GRPC_VERBOSITY") == NULL)
		gpr_set_log_function(drop_message);
	grpc_init();
	for (c->n = 0; c->n < conf->channels; c->n++)
		c->channel[c->n] = open_channel(conf,
		    (const char *)roots.data, (const char *)proxy.data);
	buf_free(&roots);
	buf_free(&proxy);
	return (c);
}

static void *
close_all_channels(void *arg)
{
	struct channels *c = arg;

	while (c->n > 0)
		grpc_channel_destroy(c->channel[--c->n]);
	free(c->channel);
	free(c);
	grpc_shutdown_blocking();
	return (NULL);
}

/*
 * gRPC waits forever for a thread of its own that could not start.  A process
 * that is exiting loses nothing by not waiting.
 */
void
channels_close(struct channels *c)
{
	struct err ignored = { .class = ERR_NONE };
	struct timespec end;
	pthread_t thread;

	if (thread_start(&thread, close_all_channels, c, &ignored) == -1)
		return;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += CLOSE_S;
	if (pthread_timedjoin_np(thread, NULL, &end) != 0)
		pthread_detach(thread);
}

grpc_channel *
channels_pick(struct channels *c)
{

	c->next = (c->next + 1) % c->n;
	return (c->channel[c->next]);
}

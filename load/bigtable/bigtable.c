/* SPDX-License-Identifier: Apache-2.0 */
#include "bigtable.h"

#include <assert.h>
#include <grpc/grpc.h>
#include <stdlib.h>
#include <string.h>

#include "bt_admin.h"
#include "bt_instance.h"
#include "bt_read.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/google/cred.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "queue.h"
#include "sender.h"

#define EMULATOR_HOST "BIGTABLE_EMULATOR_HOST"
#define DATA_ENDPOINT "bigtable.googleapis.com:443"
#define ADMIN_ENDPOINT "bigtableadmin.googleapis.com:443"
#define MAX_INSTANCE ((size_t)4096) /* bytes of the full name */

/* Features that we support and the server may use, as a header. */
static int
fill_features(struct bt_instance *b)
{
	Google__Bigtable__V2__FeatureFlags f =
	    GOOGLE__BIGTABLE__V2__FEATURE_FLAGS__INIT;
	uint8_t packed[32];
	struct buf text;
	size_t i;
	int rc = -1;

	f.reverse_scans = 1;
	f.last_scanned_row_responses = 1;
	f.mutate_rows_rate_limit2 = 1;
	f.routing_cookie = 1;
	f.retry_info = 1;
	buf_init(&text, sizeof(b->features) - 1);
	base64_encode(&text, packed,
	    google__bigtable__v2__feature_flags__pack(&f, packed));
	if (!text.failed) {
		/* The URL-safe alphabet, with padding. */
		for (i = 0; i < text.len; i++)
			b->features[i] = (char)(text.data[i] == '+' ? '-' :
			    text.data[i] == '/' ? '_' : text.data[i]);
		b->features[i] = '\0';
		rc = 0;
	}
	buf_free(&text);
	return (rc);
}

/*
 * An endpoint on the command line wins over the emulator's variable, which
 * wins over the variables of endpoints: a test must not reach the real one.
 */
static void
choose_endpoints(struct bt_instance *b)
{
	const char *emulator = getenv(EMULATOR_HOST);
	const struct bt_conf *c = &b->conf;

	b->plaintext = c->plaintext;
	b->data_endpoint = c->endpoint;
	b->admin_endpoint = c->admin_endpoint;
	if (!c->endpoint_given && emulator != NULL && emulator[0] != '\0') {
		b->data_endpoint = b->admin_endpoint = emulator;
		b->plaintext = b->emulated = true;
	}
	if (b->data_endpoint == NULL)
		b->data_endpoint = DATA_ENDPOINT;
	if (b->admin_endpoint == NULL)
		b->admin_endpoint = c->endpoint != NULL ? c->endpoint :
		    ADMIN_ENDPOINT;
}

/*
 * Is ${address} HOST[:PORT], or one with a scheme that gRPC knows?  An invalid
 * address would be retried until the time for retries is over.
 */
static int
check_address(const char *address, enum err_class class, const char *name,
    struct err *e)
{
	static const char *const schemes[] = { "dns:", "unix:", "ipv4:",
		"ipv6:", "unix-abstract:" };
	const char *colon = strrchr(address, ':');
	uint64_t port;
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(address, schemes[i], strlen(schemes[i])) == 0)
			return (0);
	if (colon != NULL && strchr(colon, ']') != NULL)
		colon = NULL;
	if (*address != '\0' && colon != address && (colon == NULL ||
	    number_read(colon + 1, 1, UINT16_MAX, &port) == 0) &&
	    strspn(address, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]") == strlen(address))
		return (0);
	return (err_set_code(e, class, "bad_address", "%s: not HOST:PORT (no "
	    "scheme, no path)", name));
}

static int
check_endpoints(const struct bt_instance *b, struct err *e)
{
	const struct bt_conf *c = &b->conf;
	enum err_class class = c->endpoint_given ? ERR_USAGE : ERR_CONFIG;
	bool data = c->endpoint != NULL && b->data_endpoint == c->endpoint;

	if (b->emulated)
		return (check_address(b->data_endpoint, ERR_CONFIG,
		    EMULATOR_HOST, e));
	if (data && check_address(c->endpoint, class, "--endpoint", e) == -1)
		return (-1);
	return (c->admin_endpoint == NULL ? 0 :
	    check_address(c->admin_endpoint, class, "--admin-endpoint", e));
}

static void
close_bigtable(struct target *t)
{
	struct bt_instance *b = bt_instance_of(t);

	bt_read_end(t);
	rpc_close(b->data);
	rpc_close(b->admin);
	sender_free(b->sender);
	cred_free(b->data_cred);
	cred_free(b->admin_cred);
	buf_free(&b->instance);
	free(b);
}

static int
begin_sending(struct target *t, const struct target_writer *w, struct err *e)
{
	struct bt_instance *b = bt_instance_of(t);
	const struct bt_conf *conf = &b->conf;
	const struct queue_conf c = {
		.instance = (const char *)b->instance.data,
		.app_profile = conf->app_profile,
		.features = b->features,
		.rows = conf->batch_rows,
		.bytes = conf->batch_bytes,
		.age_ms = conf->batch_age,
		.requests = conf->requests,
		.held = conf->held,
		.tries = conf->tries,
		.retry_ms = conf->retry_time,
		.attempt_ms = conf->attempt_time,
		.deadline = &b->deadline,
		.writer = *w,
		.counts = conf->counts
	};
	struct rpc *rpc;

	assert(b->sender == NULL);
	if ((rpc = bt_instance_data(b, e)) == NULL)
		return (-1);
	b->sender = sender_new(&c, rpc, e);
	return (b->sender == NULL ? -1 : 0);
}

static int
send_line(struct target *t, const struct mutation *m, struct err *e)
{

	return (sender_write(bt_instance_of(t)->sender, m, e));
}

static int
go_on_sending(struct target *t, int64_t until, struct err *e)
{

	return (sender_work(bt_instance_of(t)->sender, until, e));
}

static int
end_sending(struct target *t, enum target_end how, struct err *e)
{

	return (sender_finish(bt_instance_of(t)->sender, how, e));
}

static const struct target_ops bigtable_ops = {
	.write_begin = begin_sending,
	.write = send_line,
	.work = go_on_sending,
	.finish = end_sending,
	.read_begin = bt_read_begin,
	.read_row = bt_read_row,
	.read_end = bt_read_end,
	.list_tables = bt_admin_list,
	.get_table = bt_admin_get,
	.create_table = bt_admin_create,
	.add_families = bt_admin_add,
	.close = close_bigtable
};

struct target *
bigtable_open(const struct bt_conf *c, struct err *e)
{
	struct bt_instance *b;

	if ((b = calloc(1, sizeof(*b))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	b->base.ops = &bigtable_ops;
	b->conf = *c;
	b->deadline.ms = c->timeout;
	buf_init(&b->instance, MAX_INSTANCE);
	buf_printf(&b->instance, "projects/%s/instances/%s", c->project,
	    c->instance);
	choose_endpoints(b);
	if (fill_features(b) == -1 || buf_cstr(&b->instance) == NULL) {
		buf_free(&b->instance);
		free(b);
		err_nomem(e);
		return (NULL);
	}
	if (check_endpoints(b, e) == -1) {
		close_bigtable(&b->base);
		return (NULL);
	}
	return (&b->base);
}

void
bigtable_libraries(struct buf *b)
{

	buf_printf(b, "grpc-core/%s protobuf-c/%s", grpc_version_string(),
	    protobuf_c_version());
}

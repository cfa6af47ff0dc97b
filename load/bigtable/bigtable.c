/* SPDX-License-Identifier: Apache-2.0 */
#include "bigtable.h"

#include <stdlib.h>
#include <string.h>

#include "bt_admin.h"
#include "bt_instance.h"
#include "bt_read.h"
#include "lib/base/base64.h"
#include "lib/base/err.h"
#include "lib/google/cred.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/options.h"
#include "sender.h"

#define DATA_ENDPOINT "bigtable.googleapis.com:443"
#define ADMIN_ENDPOINT "bigtableadmin.googleapis.com:443"

/* What the server may do because we understand it, as a header. */
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
		/* The URL-safe alphabet, but padded. */
		for (i = 0; i < text.len; i++)
			b->features[i] = (char)(text.data[i] == '+' ? '-' :
			    text.data[i] == '/' ? '_' : text.data[i]);
		b->features[i] = '\0';
		rc = 0;
	}
	buf_free(&text);
	return (rc);
}

/* Was the endpoint ${v} an option, not what variable ${name} says? */
static bool
is_option(const char *v, const char *name)
{

	return (v != NULL && v != getenv(name));
}

/*
 * An endpoint on the command line wins over the emulator's variable, which
 * wins over the variables of endpoints: a test must not reach the real one.
 */
static void
choose_endpoints(struct bt_instance *b)
{
	const char *emulator = getenv("BIGTABLE_EMULATOR_HOST");
	const struct options *o = b->o;

	b->plaintext = o->plaintext;
	b->data_endpoint = o->endpoint;
	b->admin_endpoint = o->admin_endpoint;
	if (!is_option(o->endpoint, OPTIONS_ENDPOINT) &&
	    !is_option(o->admin_endpoint, OPTIONS_ADMIN_ENDPOINT) &&
	    emulator != NULL && emulator[0] != '\0') {
		b->data_endpoint = b->admin_endpoint = emulator;
		b->plaintext = true;
	}
	if (b->data_endpoint == NULL)
		b->data_endpoint = DATA_ENDPOINT;
	if (b->admin_endpoint == NULL)
		b->admin_endpoint = o->endpoint != NULL ? o->endpoint :
		    ADMIN_ENDPOINT;
}

void *
bigtable_open(const struct options *o, struct err *e)
{
	struct bt_instance *b;

	if ((b = calloc(1, sizeof(*b))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	b->o = o;
	b->deadline.ms = o->timeout;
	buf_init(&b->instance, 4096);
	buf_printf(&b->instance, "projects/%s/instances/%s", o->uri.project,
	    o->uri.instance);
	choose_endpoints(b);
	if (fill_features(b) == -1 || buf_cstr(&b->instance) == NULL) {
		buf_free(&b->instance);
		free(b);
		err_nomem(e);
		return (NULL);
	}
	return (b);
}

static void
close_target(void *self)
{
	struct bt_instance *b = self;

	bt_read_end(b);
	rpc_close(b->data);
	rpc_close(b->admin);
	sender_free(b->sender);
	cred_free(b->data_cred);
	cred_free(b->admin_cred);
	buf_free(&b->instance);
	free(b);
}

static int
write_begin(void *self, const struct target_writer *w, struct err *e)
{
	struct bt_instance *b = self;
	const struct options *o = b->o;
	struct sender_conf c = {
		.instance = (const char *)b->instance.data,
		.app_profile = o->app_profile,
		.features = b->features,
		.rows = o->batch_rows,
		.bytes = o->batch_bytes,
		.age_ms = o->batch_age,
		.requests = o->requests,
		.held = o->held,
		.tries = options_tries(o),
		.retry_ms = o->retry_time,
		.attempt_ms = o->attempt_time,
		.deadline = &b->deadline,
		.writer = *w
	};

	if ((c.rpc = bt_instance_data(b, e)) == NULL)
		return (-1);
	b->sender = sender_new(&c, e);
	return (b->sender == NULL ? -1 : 0);
}

static int
write_line(void *self, const struct mutation *m, struct err *e)
{
	struct bt_instance *b = self;

	return (sender_write(b->sender, m, e));
}

static int
work(void *self, int64_t until, struct err *e)
{
	struct bt_instance *b = self;

	return (sender_work(b->sender, until, e));
}

static int
finish(void *self, bool stop, struct err *e)
{
	struct bt_instance *b = self;

	return (sender_finish(b->sender, stop, e));
}

const struct target_ops bigtable_ops = {
	.write_begin = write_begin,
	.write = write_line,
	.work = work,
	.finish = finish,
	.read_begin = bt_read_begin,
	.read_row = bt_read_row,
	.read_end = bt_read_end,
	.list_tables = bt_admin_list,
	.get_table = bt_admin_get,
	.create_table = bt_admin_create,
	.add_families = bt_admin_add,
	.close = close_target
};

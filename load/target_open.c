/* SPDX-License-Identifier: Apache-2.0 */
#include "target_open.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/cli/app.h"
#include "lib/http/http.h"
#include "lib/json/jansson.h"
#include "load/bigtable/bigtable.h"
#include "load/bigtable/bt_conf.h"
#include "load/sqlite/sqlite.h"
#include "load/sqlite/sqlite_conf.h"
#include "options.h"
#include "target.h"

/* Limits of one request or commit, if no option sets them. */
#define BATCH_ROWS 1000
#define BATCH_BYTES (1u << 20)
/* Limits of one commit of rows whose keys are unordered. */
#define SORT_ROWS 30000
#define SORT_BYTES (8u << 20)

static uint64_t
number_or(uint64_t v, uint64_t otherwise)
{

	return (v != 0 ? v : otherwise);
}

/* Does the endpoint ${v} come from an option, not from variable ${name}? */
static bool
is_option(const char *v, const char *name)
{

	return (v != NULL && v != getenv(name));
}

static struct target_counts
counts_of(struct app *app)
{
	const struct target_counts c = {
		.retried = &app->stats.retried,
		.throttled_ms = &app->stats.throttled_ms,
		.metrics = app->metrics
	};

	return (c);
}

static struct target *
open_bigtable(const struct options *o, struct app *app, struct err *e)
{
	const struct bt_conf c = {
		.project = o->uri.project,
		.instance = o->uri.instance,
		.endpoint = o->endpoint,
		.admin_endpoint = o->admin_endpoint,
		.endpoint_given = is_option(o->endpoint, OPTIONS_ENDPOINT) ||
		    is_option(o->admin_endpoint, OPTIONS_ADMIN_ENDPOINT),
		.plaintext = o->plaintext,
		.ca = o->ca,
		.app_profile = o->app_profile,
		.channels = (unsigned int)o->channels,
		.batch_rows = number_or(o->batch_rows, BATCH_ROWS),
		.batch_bytes = number_or(o->batch_bytes, BATCH_BYTES),
		.batch_age = o->batch_age,
		.requests = o->requests,
		.held = o->held,
		.tries = options_tries(o),
		.retry_time = o->retry_time,
		.attempt_time = o->attempt_time,
		.timeout = o->timeout,
		.token_file = o->token_file,
		.impersonate = o->impersonate,
		.counts = counts_of(app)
	};

	return (bigtable_open(&c, e));
}

static struct sqlite_conf
sqlite_conf_of(const struct options *o, struct app *app)
{
	const struct sqlite_conf c = {
		.file = o->uri.file,
		.batch_rows = number_or(o->batch_rows, BATCH_ROWS),
		.batch_bytes = number_or(o->batch_bytes, BATCH_BYTES),
		.sort_rows = number_or(o->batch_rows, SORT_ROWS),
		.sort_bytes = number_or(o->batch_bytes, SORT_BYTES),
		.batch_age = o->batch_age,
		.counts = counts_of(app)
	};

	return (c);
}

struct target *
target_open(const struct options *o, struct app *app, enum target_use use,
    struct err *e)
{
	struct sqlite_conf c = sqlite_conf_of(o, app);
	struct target *t;

	if (o->uri.kind == URI_SQLITE)
		t = use == TARGET_CREATE ? sqlite_create(&c, e) :
		    use == TARGET_WRITE ? sqlite_open(&c, e) :
		    sqlite_open_read(&c, e);
	else
		t = open_bigtable(o, app, e);
	if (t != NULL)
		t->table = o->table != NULL ? o->table : o->uri.table;
	return (t);
}

struct target *
target_open_scratch(const struct options *o, struct app *app, struct err *e)
{
	struct sqlite_conf c = sqlite_conf_of(o, app);

	return (sqlite_open_scratch(&c, e));
}

void
target_open_libraries(struct buf *b)
{

	bigtable_libraries(b);
	buf_putc(b, ' ');
	sqlite_library(b);
	buf_printf(b, " %s ", http_libraries());
	jansson_library(b);
}

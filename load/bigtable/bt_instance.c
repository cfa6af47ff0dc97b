/* SPDX-License-Identifier: Apache-2.0 */
#include "bt_instance.h"

#include <inttypes.h>
#include <string.h>

#include "channels.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/base/sig.h"
#include "lib/google/cred.h"
#include "lib/google/cred_post.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "load/code.h"
#include "retry.h"

#define DATA_SCOPE "https://www.googleapis.com/auth/bigtable.data"
#define ADMIN_SCOPE "https://www.googleapis.com/auth/bigtable.admin.table"
#define AGENT "nf-load/" NF_VERSION

/* A token is sent to Google only, unless the environment allows more. */
static int
check_endpoint(const char *endpoint, struct err *e)
{
	struct buf url;
	bool allowed = false;
	size_t n = strlen(endpoint);

	buf_init(&url, 4096);
	buf_printf(&url, "https://%s", endpoint);
	if (buf_cstr(&url) != NULL) {
		allowed = cred_post_allowed((const char *)url.data);
		if (!allowed && n > 4 && strcmp(endpoint + n - 4, ":443") ==
		    0) {
			url.data[url.len - 4] = '\0';
			allowed = cred_post_allowed((const char *)url.data);
		}
	}
	buf_free(&url);
	if (allowed)
		return (0);
	return (err_set_code(e, ERR_CONFIG, "foreign_host", "%.200s: not a "
	    "host of googleapis.com: it gets no token (--plaintext, "
	    "NF_CRED_HOSTS)", endpoint));
}

static struct rpc *
connect_service(struct bt_instance *b, const char *endpoint,
    const char *scope, struct cred **cred, struct rpc **rpc, struct err *e)
{
	const struct cred_conf want = {
		.scope = scope,
		.token_file = b->conf.token_file,
		.impersonate = b->conf.impersonate
	};
	const struct channels_conf c = {
		.endpoint = endpoint,
		.plaintext = b->plaintext,
		.ca_file = b->conf.ca,
		.channels = b->conf.channels,
		.user_agent = AGENT
	};

	if (*rpc != NULL)
		return (*rpc);
	if (!b->plaintext && *cred == NULL &&
	    (check_endpoint(endpoint, e) == -1 ||
	    (*cred = cred_new(&want, NULL, e)) == NULL))
		return (NULL);
	return (*rpc = rpc_open(&c, *cred, e));
}

struct rpc *
bt_instance_data(struct bt_instance *b, struct err *e)
{

	return (connect_service(b, b->data_endpoint, DATA_SCOPE,
	    &b->data_cred, &b->data, e));
}

struct rpc *
bt_instance_admin(struct bt_instance *b, struct err *e)
{

	return (connect_service(b, b->admin_endpoint, ADMIN_SCOPE,
	    &b->admin_cred, &b->admin, e));
}

int
bt_instance_name(const struct bt_instance *b, const char *table,
    struct buf *name, struct buf *params, const char *key)
{
	const char *profile = b->conf.app_profile;

	buf_append(name, b->instance.data, b->instance.len);
	if (table != NULL)
		buf_printf(name, "/tables/%s", table);
	buf_printf(params, "%s=", key);
	percent_encode(params, name->data, name->len);
	if (strcmp(key, "table_name") == 0) {
		buf_puts(params, "&app_profile_id=");
		if (profile != NULL)
			percent_encode(params, profile, strlen(profile));
	}
	if (name->failed || buf_cstr(name) == NULL || buf_cstr(params) == NULL)
		return (-1);
	return (0);
}

int
bt_instance_failed(const struct rpc_status *st, const char *what, struct err *e)
{
	const char *name = code_name(st->code);
	char code[32];
	size_t i;

	for (i = 0; i < sizeof(code) - 1 && name[i] != '\0'; i++)
		code[i] = name[i] == '_' ? '_' : (char)(name[i] | 0x20);
	code[i] = '\0';
	return (err_set_code(e, code_class(st->code, CODE_OF_REQUEST), code,
	    "%s: %s%s%s", what, name, st->message[0] == '\0' ? "" : ": ",
	    st->message));
}

void
bt_instance_backoff(const struct bt_instance *b, struct backoff *k)
{

	backoff_init(k, RETRY_BASE_MS, RETRY_CAP_MS, b->conf.tries,
	    b->conf.retry_time);
}

int
bt_instance_wait(struct bt_instance *b, struct backoff *k, const char *what,
    struct rpc_status *st, struct err *e)
{
	int64_t asked = st->retry_ms > 0 ? st->retry_ms : 0, delay;

	/* Never retry immediately: the server has just rejected the request. */
	delay = backoff_next(k, asked > 0 ? asked : RETRY_BASE_MS / 4);
	if (delay < 0)
		return (0);
	if (deadline_over(&b->deadline, clock_mono_ms() + delay)) {
		st->code = CODE_DEADLINE_EXCEEDED;
		return (0);
	}
	(*b->conf.counts.retried)++;
	if (asked > 0)
		*b->conf.counts.throttled_ms += (uint64_t)delay;
	msg_log(k->tries == BACKOFF_WARN_TRIES ? MSG_WARNING : MSG_INFO,
	    "retry", "%s: %s%s%s; trying again in %" PRId64 " ms", what,
	    code_name(st->code), st->message[0] == '\0' ? "" : ": ",
	    st->message, delay);
	waiting_begin(delay, " (try %" PRIu32 "): %s: %s", k->tries + 1, what,
	    code_name(st->code));
	waiting_sleep(delay);
	return (sig_check(e) == 0 ? 1 : -1);
}

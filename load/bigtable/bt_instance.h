/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_INSTANCE_H
#define NF_LOAD_BIGTABLE_BT_INSTANCE_H

#include "bt_conf.h"
#include "deadline.h"
#include "lib/base/backoff.h"
#include "lib/base/buf.h"
#include "load/target.h"
#include "rpc.h"

/*
 * An instance of Bigtable and the connections to it, shared by bigtable.c,
 * bt_read.c and bt_admin.c.
 */
struct cred;
struct err;
struct sender;

struct bt_instance {
	struct target base;
	struct bt_conf conf;
	const char *data_endpoint, *admin_endpoint;
	bool plaintext;
	bool emulated; /* BIGTABLE_EMULATOR_HOST is used */
	struct buf instance;  /* "projects/P/instances/I" and a NUL */
	char features[32];    /* header bigtable-features */
	struct cred *data_cred, *admin_cred;
	struct rpc *data, *admin; /* opened when first needed */
	struct deadline deadline; /* of all reads and writes */
	struct sender *sender;
	struct bt_read *read;
};

/**
 * bt_instance_of(t):
 * Return the instance of ${t}, a target from bigtable_open.
 */
static inline struct bt_instance *
bt_instance_of(struct target *t)
{

	return ((struct bt_instance *)t);
}

/**
 * bt_instance_data(b, e) / bt_instance_admin(b, e):
 * Return the connections to the data or admin service, or NULL.
 */
struct rpc *bt_instance_data(struct bt_instance *b, struct err *e);
struct rpc *bt_instance_admin(struct bt_instance *b, struct err *e);

/**
 * bt_instance_name(b, table, name, params, key):
 * Write the full name of ${table} (of the instance, if NULL) to ${name}, and
 * the header that names it as ${key} ("table_name") to ${params}; both are
 * NUL-terminated.  Return 0 or -1 (no memory).
 */
int bt_instance_name(const struct bt_instance *b, const char *table,
    struct buf *name, struct buf *params, const char *key);

/**
 * bt_instance_failed(st, what, e):
 * Fill ${e} from a status: "what: NOT_FOUND: message".  Return -1.
 */
int bt_instance_failed(const struct rpc_status *st, const char *what,
    struct err *e);

/**
 * bt_instance_backoff(b, k):
 * Start the backoff ${k} of an operation.
 */
void bt_instance_backoff(const struct bt_instance *b, struct backoff *k);

/**
 * bt_instance_wait(b, k, what, st, e):
 * An attempt at ${what} failed with ${st}: log and count that, and wait before
 * the next attempt as ${k} says, but at least as long as the server asked for.
 * Return 1 to retry, 0 if there is no point in a retry (${st} says so if the
 * total time will be up), -1 (a signal).
 */
int bt_instance_wait(struct bt_instance *b, struct backoff *k,
    const char *what, struct rpc_status *st, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BT_INSTANCE_H */

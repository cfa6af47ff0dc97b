/* SPDX-License-Identifier: Apache-2.0 */
#include "bt_admin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bt_gc.h"
#include "bt_instance.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "load/bigtable/admin.pb-c.h"
#include "load/code.h"
#include "load/schema.h"
#include "retry.h"

#define SERVICE "/google.bigtable.admin.v2.BigtableTableAdmin/"
#define ONCE_MS 5000 /* if one attempt is enough */
#define MAX_NAME ((size_t)64 << 10) /* bytes of a full name */

#define MESSAGE(name) Google__Bigtable__Admin__V2__##name
/* Names that protobuf-c makes do not fit in a line. */
#define ADMIN(name) GOOGLE__BIGTABLE__ADMIN__V2__##name
#define ADMIN_INIT(name) google__bigtable__admin__v2__##name##__init
#define LISTED(name) google__bigtable__admin__v2__list_tables_response__##name

/* A call to the admin service: what is sent, what came. */
struct call {
	struct bt_instance *b;
	const char *method;
	const char *what; /* the table, in messages */
	enum target_patience patience; /* ONCE: one attempt, no long one */
	const ProtobufCMessage *request;
	struct buf name, params; /* of the table or the instance */
	struct rpc_status status;
	uint8_t *answer;
	size_t n;
};

static int
init_call(struct call *c, struct target *t, const char *method,
    const char *table, const char *key, struct err *e)
{

	memset(c, 0, sizeof(*c));
	c->b = bt_instance_of(t);
	c->method = method;
	c->what = table != NULL ? table : "tables";
	buf_init(&c->name, MAX_NAME);
	buf_init(&c->params, 4 * MAX_NAME);
	if (bt_instance_name(c->b, table, &c->name, &c->params, key) == -1)
		return (err_nomem(e));
	return (0);
}

static void
free_call(struct call *c)
{

	buf_free(&c->name);
	buf_free(&c->params);
	free(c->answer);
}

/* Call, several times if need be.  Return 0 (look at the status) or -1. */
static int
run_call(struct call *c, struct err *e)
{
	struct bt_instance *b = c->b;
	struct rpc_request req = { .method = c->method,
		.params = (const char *)c->params.data };
	struct rpc *r;
	struct backoff k;
	bool renewed = false;
	uint64_t ms = b->conf.attempt_time;
	int64_t begun;
	int rc;

	if (c->patience == TARGET_ONCE && ms > ONCE_MS)
		ms = ONCE_MS;
	if ((r = bt_instance_admin(b, e)) == NULL)
		return (-1);
	bt_instance_backoff(b, &k);
	for (;;) {
		free(c->answer);
		req.deadline = deadline_attempt(&b->deadline, ms);
		req.message = grpc_slice_malloc(
		    protobuf_c_message_get_packed_size(c->request));
		protobuf_c_message_pack(c->request,
		    GRPC_SLICE_START_PTR(req.message));
		begun = clock_mono_ms();
		if (rpc_unary(r, &req, &c->answer, &c->n, &c->status, e) == -1)
			return (-1);
		msg_trace(MSG_INFO, "request", "%s: %s: %s, %" PRId64 " ms",
		    c->what, strrchr(c->method, '/') + 1,
		    code_name(c->status.code), clock_mono_ms() - begun);
		msg_trace(MSG_DEBUG, "request_size", "%s: %zu bytes sent, "
		    "%zu received", c->what,
		    protobuf_c_message_get_packed_size(c->request), c->n);
		if (!retry_again(c->status.code, c->status.message,
		    c->status.retry_ms) &&
		    !retry_renews(c->status.code, &renewed))
			return (0);
		if (c->patience == TARGET_ONCE)
			return (0);
		rc = bt_instance_wait(b, &k, c->what, &c->status, e);
		if (rc != 1)
			return (rc);
	}
}

static int
fail_unreadable(const char *what, struct err *e)
{

	return (err_set(e, ERR_REFUSED,
	    "%s: not a valid response", what));
}

static enum schema_type
read_view_type(const MESSAGE(Type) *t)
{

	switch (t->kind_case) {
	case ADMIN(TYPE__KIND_BYTES_TYPE):
		return (SCHEMA_BYTES);
	case ADMIN(TYPE__KIND_STRING_TYPE):
		return (SCHEMA_STRING);
	case ADMIN(TYPE__KIND_INT64_TYPE):
		return (SCHEMA_INT64);
	case ADMIN(TYPE__KIND_AGGREGATE_TYPE):
		return (SCHEMA_AGGREGATE);
	default:
		return (SCHEMA_OTHER);
	}
}

static int
read_schema(const MESSAGE(Table) *m, struct schema_table *t, struct err *e)
{
	const MESSAGE(Table__ColumnFamiliesEntry) *x;
	struct schema_family *f;
	size_t i;

	if (m->granularity == ADMIN(TABLE__TIMESTAMP_GRANULARITY__MICROS))
		t->granularity = SCHEMA_MICROS;
	else if (m->granularity != 0)
		t->granularity = SCHEMA_MILLIS;
	for (i = 0; i < m->n_column_families; i++) {
		x = m->column_families[i];
		if ((f = schema_add_family(t, x->key)) == NULL)
			return (err_nomem(e));
		if (x->value != NULL && x->value->value_type != NULL)
			f->type = read_view_type(x->value->value_type);
		if (x->value != NULL &&
		    bt_gc_read(x->value->gc_rule, &f->gc, e) == -1)
			return (-1);
	}
	return (0);
}

int
bt_admin_get(struct target *t, const char *name,
    enum target_patience patience, struct schema_table *s, struct err *e)
{
	MESSAGE(GetTableRequest) req =
	    GOOGLE__BIGTABLE__ADMIN__V2__GET_TABLE_REQUEST__INIT;
	MESSAGE(Table) *m;
	struct call c;
	int rc = -1;

	if (init_call(&c, t, SERVICE "GetTable", name, "name", e) == -1)
		goto done;
	c.patience = patience;
	req.name = (char *)c.name.data;
	req.view = GOOGLE__BIGTABLE__ADMIN__V2__TABLE__VIEW__SCHEMA_VIEW;
	c.request = &req.base;
	if (run_call(&c, e) == -1)
		goto done;
	if (c.status.code == CODE_NOT_FOUND) {
		rc = 0;
	} else if (c.status.code != CODE_OK) {
		bt_instance_failed(&c.status, name, e);
	} else if (!bt_gc_is_shallow(c.answer, c.n, BT_GC_TABLE) ||
	    (m = google__bigtable__admin__v2__table__unpack(NULL, c.n,
	    c.answer)) == NULL) {
		fail_unreadable(name, e);
	} else {
		rc = read_schema(m, s, e) == 0 ? 1 : -1;
		google__bigtable__admin__v2__table__free_unpacked(m, NULL);
	}
done:
	free_call(&c);
	return (rc);
}

/* "projects/P/instances/I/tables/T" -> "T". */
static int
add_names(const MESSAGE(ListTablesResponse) *m,
    target_name_fn *add, void *arg, struct err *e)
{
	const char *name;
	size_t i;

	for (i = 0; i < m->n_tables; i++) {
		name = strrchr(m->tables[i]->name, '/');
		if (name == NULL)
			return (fail_unreadable("tables", e));
		if (add(arg, name + 1) == -1)
			return (err_nomem(e));
	}
	return (0);
}

int
bt_admin_list(struct target *t, target_name_fn *add, void *arg,
    struct err *e)
{
	MESSAGE(ListTablesRequest) req =
	    GOOGLE__BIGTABLE__ADMIN__V2__LIST_TABLES_REQUEST__INIT;
	MESSAGE(ListTablesResponse) *m = NULL;
	struct call c;
	int rc = -1;

	if (init_call(&c, t, SERVICE "ListTables", NULL, "parent", e) == -1)
		goto done;
	req.parent = (char *)c.name.data;
	req.view = GOOGLE__BIGTABLE__ADMIN__V2__TABLE__VIEW__NAME_ONLY;
	c.request = &req.base;
	do {
		if (m != NULL)
			req.page_token = m->next_page_token;
		if (run_call(&c, e) == -1)
			goto done;
		LISTED(free_unpacked)(m, NULL);
		m = NULL;
		if (c.status.code != CODE_OK) {
			bt_instance_failed(&c.status, "tables", e);
			goto done;
		}
		if (!bt_gc_is_shallow(c.answer, c.n,
		    BT_GC_LIST_TABLES_RESPONSE) ||
		    (m = LISTED(unpack)(NULL, c.n, c.answer)) == NULL) {
			fail_unreadable("tables", e);
			goto done;
		}
		if (add_names(m, add, arg, e) == -1)
			goto done;
	} while (m->next_page_token[0] != '\0');
	rc = 0;
done:
	LISTED(free_unpacked)(m, NULL);
	free_call(&c);
	return (rc);
}

/* A family as a message, which is all ours to free. */
static MESSAGE(ColumnFamily) *
make_family(const struct schema_family *f, struct err *e)
{
	MESSAGE(ColumnFamily) *m;

	if ((m = calloc(1, sizeof(*m))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	google__bigtable__admin__v2__column_family__init(m);
	if (f->gc.kind != GC_NONE &&
	    (m->gc_rule = bt_gc_make(&f->gc, e)) == NULL) {
		free(m);
		return (NULL);
	}
	return (m);
}

static void
free_family(MESSAGE(ColumnFamily) *m)
{

	if (m != NULL)
		google__bigtable__admin__v2__column_family__free_unpacked(m,
		    NULL);
}

/* Everything of a CreateTableRequest. */
struct creation {
	MESSAGE(CreateTableRequest) req;
	MESSAGE(Table) table;
	MESSAGE(Table__ColumnFamiliesEntry) *family, **families;
	MESSAGE(CreateTableRequest__Split) *split, **splits;
};

static int
fill_creation(struct creation *c, const struct schema_table *t,
    struct err *e)
{
	size_t i;

	c->family = calloc(t->n + 1, sizeof(*c->family));
	c->families = calloc(t->n + 1, sizeof(*c->families));
	c->split = calloc(t->nsplits + 1, sizeof(*c->split));
	c->splits = calloc(t->nsplits + 1, sizeof(*c->splits));
	if (c->family == NULL || c->families == NULL || c->split == NULL ||
	    c->splits == NULL)
		return (err_nomem(e));
	for (i = 0; i < t->n; i++) {
		google__bigtable__admin__v2__table__column_families_entry__init(
		    c->families[i] = &c->family[i]);
		c->family[i].key = t->family[i].name;
		c->family[i].value = make_family(&t->family[i], e);
		if (c->family[i].value == NULL)
			return (-1);
	}
	for (i = 0; i < t->nsplits; i++) {
		google__bigtable__admin__v2__create_table_request__split__init(
		    c->splits[i] = &c->split[i]);
		c->split[i].key.data = (uint8_t *)(uintptr_t)t->split[i].p;
		c->split[i].key.len = t->split[i].n;
	}
	google__bigtable__admin__v2__create_table_request__init(&c->req);
	google__bigtable__admin__v2__table__init(&c->table);
	c->table.n_column_families = t->n;
	c->table.column_families = c->families;
	if (t->granularity == SCHEMA_MICROS)
		c->table.granularity =
		    ADMIN(TABLE__TIMESTAMP_GRANULARITY__MICROS);
	c->req.table = &c->table;
	c->req.table_id = t->name;
	c->req.n_initial_splits = t->nsplits;
	c->req.initial_splits = c->splits;
	return (0);
}

/* Make a change: 0, 1 if what is to be made is there already, or -1. */
static int
make_change(struct call *c, const char *what, struct err *e)
{

	if (run_call(c, e) == -1)
		return (-1);
	if (c->status.code == CODE_OK)
		return (0);
	if (c->status.code == CODE_ALREADY_EXISTS)
		return (1);
	bt_instance_failed(&c->status, what, e);
	return (-1);
}

int
bt_admin_create(struct target *t, const struct schema_table *s,
    struct err *e)
{
	struct creation k;
	struct call c;
	size_t i;
	int rc = -1;

	memset(&k, 0, sizeof(k));
	if (init_call(&c, t, SERVICE "CreateTable", NULL, "parent", e) ==
	    -1 || fill_creation(&k, s, e) == -1)
		goto done;
	k.req.parent = (char *)c.name.data;
	c.request = &k.req.base;
	rc = make_change(&c, s->name, e);
done:
	for (i = 0; k.family != NULL && i < s->n; i++)
		free_family(k.family[i].value);
	free(k.family);
	free(k.families);
	free(k.split);
	free(k.splits);
	free_call(&c);
	return (rc);
}

int
bt_admin_add(struct target *t, const char *table,
    const struct schema_family *const *f, size_t n, struct err *e)
{
	MESSAGE(ModifyColumnFamiliesRequest) req =
	    GOOGLE__BIGTABLE__ADMIN__V2__MODIFY_COLUMN_FAMILIES_REQUEST__INIT;
	MESSAGE(ModifyColumnFamiliesRequest__Modification) *m, **all;
	struct call c;
	size_t i;
	int rc = -1;

	m = calloc(n + 1, sizeof(*m));
	all = calloc(n + 1, sizeof(*all));
	if (init_call(&c, t, SERVICE "ModifyColumnFamilies", table, "name",
	    e) == -1)
		goto done;
	if (m == NULL || all == NULL) {
		err_nomem(e);
		goto done;
	}
	for (i = 0; i < n; i++) {
		ADMIN_INIT(modify_column_families_request__modification)(
		    all[i] = &m[i]);
		m[i].id = f[i]->name;
		m[i].mod_case = ADMIN(
		    MODIFY_COLUMN_FAMILIES_REQUEST__MODIFICATION__MOD_CREATE);
		if ((m[i].create = make_family(f[i], e)) == NULL)
			goto done;
	}
	req.name = (char *)c.name.data;
	req.n_modifications = n;
	req.modifications = all;
	c.request = &req.base;
	rc = make_change(&c, table, e);
done:
	for (i = 0; m != NULL && i < n; i++)
		free_family(m[i].create);
	free(m);
	free(all);
	free_call(&c);
	return (rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include "load/bigtable/bigtable.h"
#include "load/sqlite/sqlite.h"
#include "options.h"

int
target_open(struct target *t, const struct options *o, bool create,
    struct err *e)
{

	t->table = o->table != NULL ? o->table : o->uri.table;
	if (o->uri.kind == URI_SQLITE) {
		t->ops = &sqlite_ops;
		t->self = sqlite_open(o, create, e);
	} else {
		t->ops = &bigtable_ops;
		t->self = bigtable_open(o, e);
	}
	return (t->self == NULL ? -1 : 0);
}

void
target_close(struct target *t)
{

	if (t->self != NULL)
		t->ops->close(t->self);
	t->self = NULL;
}

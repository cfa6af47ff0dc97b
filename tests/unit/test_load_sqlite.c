/* SPDX-License-Identifier: Apache-2.0 */
#include "load/sqlite/sqlite.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/err.h"
#include "load/options.h"
#include "load/schema.h"
#include "load/target.h"

/* How many families ${self} says table t has, or -1 if there is none. */
static int
families(void *self)
{
	struct schema_table have = { 0 };
	struct err e = { 0 };
	int n = -1;

	if (sqlite_ops.get_table(self, "t", false, &have, &e) == 1)
		n = (int)have.n;
	schema_table_free(&have);
	return (n);
}

/* Of two that saw the same table and change it, one was faster. */
static void
twins(void *a, void *b)
{
	struct schema want = { 0 };
	struct schema_table *t = schema_add_table(&want, "t");
	const struct schema_family *f;
	struct err e = { 0 };

	CHECK_INT(families(a), -1);
	CHECK_INT(families(b), -1);
	CHECK_INT(sqlite_ops.create_table(a, t, &e), 0);
	CHECK_INT(sqlite_ops.create_table(b, t, &e), 1);
	CHECK_INT(families(b), 0);
	f = schema_add_family(t, "f");
	CHECK_INT(sqlite_ops.add_families(a, "t", &f, 1, &e), 0);
	CHECK_INT(sqlite_ops.add_families(b, "t", &f, 1, &e), 1);
	CHECK_INT(families(b), 1);
	CHECK(e.class == ERR_NONE);
	schema_free(&want);
}

int
main(void)
{
	char dir[] = "/tmp/nf-lite-XXXXXX", file[64];
	struct options o = { .uri = { .kind = URI_SQLITE, .file = file } };
	struct err e = { 0 };
	void *a, *b;

	if (!CHECK(mkdtemp(dir) != NULL))
		return (check_done());
	snprintf(file, sizeof(file), "%s/t.db", dir);
	a = sqlite_open(&o, true, &e);
	b = sqlite_open(&o, true, &e);
	if (CHECK(a != NULL && b != NULL)) {
		twins(a, b);
		sqlite_ops.close(a);
		sqlite_ops.close(b);
	}
	unlink(file);
	rmdir(dir);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/sqlite/sqlite.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/err.h"
#include "load/schema.h"
#include "load/sqlite/sqlite_conf.h"
#include "load/target.h"

/* How many families ${t} says table t has, or -1 if absent. */
static int
families(struct target *t)
{
	struct schema_table have = { 0 };
	struct err e = { 0 };
	int n = -1;

	if (t->ops->get_table(t, "t", TARGET_RETRY, &have, &e) == 1)
		n = (int)have.n;
	schema_table_free(&have);
	return (n);
}

/* Of two that saw the same table and change it, one was faster. */
static void
twins(struct target *a, struct target *b)
{
	struct schema want = { 0 };
	struct schema_table *t = schema_add_table(&want, "t");
	const struct schema_family *f;
	struct err e = { 0 };

	CHECK_INT(families(a), -1);
	CHECK_INT(families(b), -1);
	CHECK_INT(a->ops->create_table(a, t, &e), 0);
	CHECK_INT(b->ops->create_table(b, t, &e), 1);
	CHECK_INT(families(b), 0);
	f = schema_add_family(t, "f");
	CHECK_INT(a->ops->add_families(a, "t", &f, 1, &e), 0);
	CHECK_INT(b->ops->add_families(b, "t", &f, 1, &e), 1);
	CHECK_INT(families(b), 1);
	CHECK(e.class == ERR_NONE);
	schema_free(&want);
}

int
main(void)
{
	char dir[] = "/tmp/nf-lite-XXXXXX", file[64];
	const struct sqlite_conf c = { .file = file };
	struct err e = { 0 };
	struct target *a, *b;

	if (!CHECK(mkdtemp(dir) != NULL))
		return (check_done());
	snprintf(file, sizeof(file), "%s/t.db", dir);
	a = sqlite_create(&c, &e);
	b = sqlite_create(&c, &e);
	if (CHECK(a != NULL && b != NULL)) {
		twins(a, b);
		target_close(a);
		target_close(b);
	}
	unlink(file);
	rmdir(dir);
	return (check_done());
}

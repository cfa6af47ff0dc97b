/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/busy_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"

#define N 20000

struct item {
	struct busy_rows_key key;
	char name[16];
};

static struct item items[N];
static const int one, two; /* tables, by address */

static struct busy_rows_key *
find(const struct busy_rows *f, const void *table, const char *name)
{
	struct bytes row = bytes_of(name);

	return (busy_rows_find(f, busy_rows_hash(table, row), table, row));
}

/* Far more keys than the set was made for, in two tables. */
static void
many(void)
{
	struct busy_rows *f = busy_rows_new(10);
	struct item *x;
	int i;

	CHECK(f != NULL);
	for (i = 0; i < N; i++) {
		x = &items[i];
		(void)snprintf(x->name, sizeof(x->name), "%d", i / 2);
		x->key.table = i % 2 == 0 ? &one : &two;
		x->key.row = bytes_of(x->name);
		x->key.hash = busy_rows_hash(x->key.table, x->key.row);
		CHECK(find(f, x->key.table, x->name) == NULL);
		busy_rows_add(f, &x->key);
	}
	for (i = 0; i < N; i++)
		CHECK(find(f, items[i].key.table, items[i].name) ==
		    &items[i].key);
	for (i = 0; i < N; i += 2)
		busy_rows_remove(f, &items[i].key);
	for (i = 0; i < N; i++)
		CHECK(find(f, items[i].key.table, items[i].name) ==
		    (i % 2 == 0 ? NULL : &items[i].key));
	busy_rows_free(f);
}

static void
hashes(void)
{
	struct bytes a = { (const uint8_t *)"a\0b", 3 };
	struct bytes b = { (const uint8_t *)"a\0c", 3 };
	struct bytes empty = { NULL, 0 };

	CHECK(busy_rows_hash(&one, a) != busy_rows_hash(&one, b));
	CHECK(busy_rows_hash(&one, a) != busy_rows_hash(&two, a));
	CHECK(busy_rows_hash(&one, a) == busy_rows_hash(&one, a));
	CHECK(busy_rows_hash(&one, empty) != busy_rows_hash(&one, a));
}

int
main(void)
{

	TEST(many);
	TEST(hashes);
	return (check_done());
}

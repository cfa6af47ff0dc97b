/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/bt_gc.h"


#include "check.h"
#include "load/bigtable/admin.pb-c.h"

#define MESSAGE(name) Google__Bigtable__Admin__V2__##name
#define LIST BT_GC_LIST_TABLES_RESPONSE
#define TABLE BT_GC_TABLE

/* What is packed backwards: a field in front of what there is. */
struct back {
	uint8_t data[4096];
	size_t at;
};

static void
wrap(struct back *b, unsigned int field)
{
	size_t n = sizeof(b->data) - b->at;

	if (n >= 128)
		b->data[--b->at] = (uint8_t)(n >> 7);
	b->data[--b->at] = (uint8_t)(n >= 128 ? (n & 127) | 128 : n);
	b->data[--b->at] = (uint8_t)(field << 3 | 2);
}

/* A table, or a list of one, with a rule in ${depth} unions. */
static void
nest(struct back *b, unsigned int depth, enum bt_gc_message message)
{

	b->at = sizeof(b->data);
	b->data[--b->at] = 2;
	b->data[--b->at] = 1 << 3; /* max_num_versions */
	while (depth-- > 0) {
		wrap(b, 1);
		wrap(b, 3 + depth % 2);
	}
	wrap(b, 1);
	wrap(b, 2);
	wrap(b, 3);
	if (message == LIST)
		wrap(b, 1);
}

static bool
takes(unsigned int depth, enum bt_gc_message message)
{
	struct back b;

	nest(&b, depth, message);
	return (bt_gc_is_shallow(b.data + b.at, sizeof(b.data) - b.at, message));
}

static void
test_depth(void)
{

	CHECK(bt_gc_is_shallow(NULL, 0, TABLE));
	CHECK(takes(0, TABLE) && takes(0, LIST));
	CHECK(takes(BT_GC_MAX_DEPTH, TABLE) && takes(BT_GC_MAX_DEPTH, LIST));
	CHECK(!takes(BT_GC_MAX_DEPTH + 1, TABLE));
	CHECK(!takes(BT_GC_MAX_DEPTH + 1, LIST));
	CHECK(!takes(500, TABLE) && !takes(500, LIST));
}

/* Every cut of an answer is refused, or protobuf-c takes it too. */
static void
test_cut(void)
{
	MESSAGE(Table) *m;
	struct back b;
	size_t n;

	nest(&b, 4, TABLE);
	for (n = 1; n <= sizeof(b.data) - b.at; n++) {
		m = google__bigtable__admin__v2__table__unpack(NULL, n,
		    b.data + b.at);
		CHECK(bt_gc_is_shallow(b.data + b.at, n, TABLE) == (m != NULL));
		google__bigtable__admin__v2__table__free_unpacked(m, NULL);
	}
}

int
main(void)
{

	TEST(test_depth);
	TEST(test_cut);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/bt_gc.h"


#include "check.h"
#include "load/bigtable/admin.pb-c.h"

#define MESSAGE(name) Google__Bigtable__Admin__V2__##name

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
nest(struct back *b, unsigned int depth, bool list)
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
	if (list)
		wrap(b, 1);
}

static bool
takes(unsigned int depth, bool list)
{
	struct back b;

	nest(&b, depth, list);
	return (bt_gc_shallow(b.data + b.at, sizeof(b.data) - b.at, list));
}

static void
test_depth(void)
{

	CHECK(bt_gc_shallow(NULL, 0, false));
	CHECK(takes(0, false) && takes(0, true));
	CHECK(takes(BT_GC_MAX_DEPTH, false) && takes(BT_GC_MAX_DEPTH, true));
	CHECK(!takes(BT_GC_MAX_DEPTH + 1, false));
	CHECK(!takes(BT_GC_MAX_DEPTH + 1, true));
	CHECK(!takes(500, false) && !takes(500, true));
}

/* Every cut of an answer is refused, or protobuf-c takes it too. */
static void
test_cut(void)
{
	MESSAGE(Table) *m;
	struct back b;
	size_t n;

	nest(&b, 4, false);
	for (n = 1; n <= sizeof(b.data) - b.at; n++) {
		m = google__bigtable__admin__v2__table__unpack(NULL, n,
		    b.data + b.at);
		CHECK(bt_gc_shallow(b.data + b.at, n, false) == (m != NULL));
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

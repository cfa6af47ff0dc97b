/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/read_ahead.h"

#include "check.h"
#include "lib/base/buf.h"
#include "memory_store.h"
#include "stage/parts.h"
#include "stage/receipt.h"

#define PARTS 12
#define HASH  "0123456789abcdef0123456789abcdef"
#define PART_1 "part-00001-" HASH ".ndjson"
#define SIZE  ((size_t)900 << 10) /* twelve are more than the ring holds */

static struct memory_store store;
static struct parts parts;

static void
fill(size_t size)
{
	static uint8_t data[MEMORY_SIZE];
	struct err e = { .class = ERR_NONE };
	struct receipt r;
	size_t i;

	memory_init(&store);
	parts_free(&parts);
	for (i = 0; i < PARTS; i++) {
		memset(&r, 0, sizeof(r));
		strcpy(r.hash, HASH);
		part_name(r.part, i, HASH, PART_PLAIN);
		CHECK_INT(parts_add(&parts, &r, &e), 0);
		memset(data, 'a' + (int)i, size);
		memory_add(&store, r.part, data, size);
	}
}

static int
keep(void *arg, const void *p, size_t n, struct err *e)
{

	return (buf_append(arg, p, n) == -1 ? err_nomem(e) : 0);
}

static int
refuse(void *arg, const void *p, size_t n, struct err *e)
{

	(void)arg;
	(void)p;
	(void)n;
	return (err_set(e, ERR_PIPE, "full"));
}

/* Does b hold ${size} times the letter of part ${i}? */
static int
holds(const struct buf *b, size_t i, size_t size)
{
	size_t j;

	for (j = 0; j < b->len && b->data[j] == 'a' + i; j++)
		;
	return (j == size && b->len == size);
}

/* ${n} parts of that size, from part ${first} on. */
static void
test_range(size_t size, size_t first, size_t n)
{
	struct err e = { .class = ERR_NONE };
	struct read_ahead *a;
	struct buf b;
	size_t i;

	fill(size);
	buf_init(&b, MEMORY_SIZE);
	if (!CHECK((a = read_ahead_start(&store.base, &parts, first, n,
	    &e)) != NULL))
		return;
	for (i = first; i < first + n; i++) {
		buf_reset(&b);
		CHECK_INT(read_ahead_read(a, keep, &b, &e), 1);
		CHECK(holds(&b, i, size));
	}
	read_ahead_stop(a);
	CHECK_INT(atomic_load(&store.cancelled), 0); /* it may be used on */
	buf_free(&b);
}

/* What comes before the bad one is had, then its error. */
static void
test_broken(const char *fails, const char *missing)
{
	struct err e = { .class = ERR_NONE };
	struct read_ahead *a;
	struct buf b;

	fill(SIZE);
	store.fails = fails;
	if (missing != NULL)
		memory_find(&store.base, missing)->name[0] = 'x';
	buf_init(&b, MEMORY_SIZE);
	a = read_ahead_start(&store.base, &parts, 0, PARTS, &e);
	CHECK_INT(read_ahead_read(a, keep, &b, &e), 1);
	CHECK(holds(&b, 0, SIZE));
	buf_reset(&b);
	CHECK_INT(read_ahead_read(a, keep, &b, &e), fails != NULL ? -1 : 0);
	CHECK_INT(e.class, fails != NULL ? ERR_TEMP : ERR_NONE);
	if (fails != NULL)
		CHECK_STR(e.msg, "memory:///" PART_1 ": broke off");
	read_ahead_stop(a);
	buf_free(&b);
}

/* The owner leaves: at once, after some parts, while a part hangs. */
static void
test_leave(size_t taken, const char *hangs)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	struct err e = { .class = ERR_NONE };
	struct read_ahead *a;
	struct buf b;
	size_t i;

	fill(SIZE);
	store.hangs = hangs;
	buf_init(&b, MEMORY_SIZE);
	a = read_ahead_start(&store.base, &parts, 0, PARTS, &e);
	for (i = 0; i < taken; i++) {
		buf_reset(&b);
		CHECK_INT(read_ahead_read(a, keep, &b, &e), 1);
		CHECK(holds(&b, i, SIZE));
	}
	while (hangs != NULL && atomic_load(&store.hanging) == 0)
		nanosleep(&tick, NULL);
	read_ahead_stop(a);
	CHECK_INT(atomic_load(&store.cancelled), 1);
	buf_free(&b);
}

int
main(void)
{
	struct err e = { .class = ERR_NONE };
	struct read_ahead *a;

	test_range(SIZE, 0, PARTS);
	test_range(1, 0, PARTS);
	test_range(0, 0, PARTS);
	test_range((size_t)256 << 10, 0, PARTS);
	test_range(SIZE, PARTS - 2, 2);
	test_broken(PART_1, NULL);
	test_broken(NULL, PART_1);
	test_leave(0, NULL);
	test_leave(5, NULL);
	test_leave(PARTS - 1, NULL);
	test_leave(2, "part-00002-" HASH ".ndjson");
	fill(SIZE);
	a = read_ahead_start(&store.base, &parts, 0, PARTS, &e);
	CHECK_INT(read_ahead_read(a, refuse, NULL, &e), -1);
	CHECK_INT(e.class, ERR_PIPE);
	read_ahead_stop(a);
	read_ahead_stop(NULL);
	return (check_done());
}

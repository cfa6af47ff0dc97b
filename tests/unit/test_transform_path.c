/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/mapping/path.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "tests/unit/check.h"
#include "transform/mapping/pool.h"

#define MOST 40U /* children of the tree */
#define RECORDS 400
#define KEY 24

/* Some names are longer than the eight bytes that are compared first. */
static void
make_key(unsigned i, char key[KEY])
{

	snprintf(key, KEY, i % 3 == 0 ? "k%u" : "a-long-name-%u", i);
}

static void
shuffle(unsigned *order, unsigned n)
{
	unsigned i, k, was;

	for (i = n; i > 1; i--) {
		k = (unsigned)random() % i;
		was = order[i - 1];
		order[i - 1] = order[k];
		order[k] = was;
	}
}

/*
 * A record of members in ${order}, one in ${gap} left out, among others that
 * no path names; ${want} becomes the value of each, or -1.
 */
static void
make_record(struct buf *b, const unsigned *order, unsigned n, long gap,
    long *want)
{
	char key[KEY];
	unsigned i;

	buf_reset(b);
	buf_puts(b, "{\"other\":-2");
	for (i = 0; i < n; i++) {
		want[order[i]] = -1;
		if (random() % gap == 0)
			continue;
		want[order[i]] = random() % 1000;
		make_key(order[i], key);
		if (random() % 9 == 0) /* escaped */
			buf_printf(b, ",\"\\u%04x%s\":%ld", key[0], key + 1,
			    want[order[i]]);
		else
			buf_printf(b, ",\"%s\":%ld", key, want[order[i]]);
	}
	buf_puts(b, ",\"last\":{}}");
	buf_reserve(b, SCAN_PAD);
}

/* Are all slots those of ${want}? */
static bool
is_bound(const struct scan *s, const uint32_t *slot, const long *want,
    unsigned n)
{
	char text[KEY];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%ld", want[i]);
		if (want[i] == -1 ? slot[i] != SCAN_NOT_FOUND :
		    slot[i] == SCAN_NOT_FOUND || !scan_equals(s, slot[i], text,
		    strlen(text)))
			return (false);
	}
	return (true);
}

/*
 * Members in the order of the paths, in another that stays, and in one that
 * changes with every tenth record; with few children, and with many.
 */
static void
test_orders(void)
{
	uint32_t slot[MOST];
	unsigned order[MOST], n, i, record, wrong = 0;
	long want[MOST];
	struct err e = { 0 };
	struct path root, *c;
	struct pool pool;
	struct scan s;
	struct buf b;
	char key[KEY];

	buf_init(&b, SCAN_MAX_LEN);
	scan_init(&s);
	for (n = 1; n <= MOST; n += n < 10 ? 1 : 15) {
		pool_init(&pool);
		path_init(&root);
		for (i = 0; i < n; i++) {
			order[i] = i;
			make_key(i, key);
			c = path_add(&root, key, strlen(key), &pool);
			if (CHECK(c != NULL))
				c->slot = i;
		}
		for (record = 0; record < RECORDS; record++) {
			if (record == 100 || (record > 200 && record % 10 == 0))
				shuffle(order, n);
			make_record(&b, order, n, 2 + record % 7, want);
			memset(slot, 0xff, sizeof(slot));
			wrong += scan_text(&s, b.data, b.len, &e) == -1;
			path_bind(&root, &s, 0, slot);
			wrong += !is_bound(&s, slot, want, n);
		}
		pool_free(&pool);
	}
	CHECK_UINT(wrong, 0);
	scan_free(&s);
	buf_free(&b);
}

int
main(void)
{

	TEST(test_orders);
	return (check_done());
}

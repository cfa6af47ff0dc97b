/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/chain.h"

#include "check.h"
#include "lib/base/buf.h"
#include "memory_store.h"
#include "stage/parts.h"
#include "stage/receipt.h"

static struct memory_store store;

/* Thirty-two times a hex digit. */
static const char *
hash(char c)
{
	static char all[4][PART_HASH];
	static size_t turn;
	char *h = all[turn++ % 4];

	memset(h, c, PART_HASH - 1);
	h[PART_HASH - 1] = '\0';
	return (h);
}

/* Of n records, the last of total. */
static void
add(uint64_t index, char own, char before, uint64_t n, uint64_t total,
    const char *mark)
{
	struct err e = { .class = ERR_NONE };
	struct receipt r = { .index = index, .totals.records = total };

	strcpy(r.hash, hash(own));
	strcpy(r.before, before == 0 ? "" : hash(before));
	part_name(r.part, index, r.hash, PART_GZIP);
	r.own.records = n;
	r.mark = mark == NULL ? NULL : strdup(mark);
	CHECK_INT(receipt_put(&store.base, &r, &e), 0);
	receipt_fini(&r);
}

/* The mark to go on from. */
static void
check_mark(int rc, const char *want)
{
	struct err e = { .class = ERR_NONE };
	struct buf b;

	buf_init(&b, RECEIPT_MAX);
	CHECK_INT(chain_last_mark(&store.base, &b, &e), rc);
	CHECK_MEM(b.data, b.len, want);
	buf_free(&b);
}

/* The parts of the chain to a cursor, one letter each. */
static void
check_chain(int rc, const char *cursor, const char *want)
{
	struct err e = { .class = ERR_NONE };
	struct parts parts;
	struct receipt r;
	char found[8] = "";
	size_t i;

	parts_init(&parts);
	if (cursor == NULL)
		CHECK_INT(chain_longest(&store.base, &parts, &e), rc);
	else
		CHECK_INT(chain_to_mark(&store.base, cursor, strlen(cursor),
		    &parts, &e), rc);
	for (i = 0; rc == 1 && i < parts.n && i < 7; i++) {
		parts_get(&parts, i, &r);
		found[i] = r.hash[0];
	}
	CHECK_STR(found, want);
	if (rc == -1)
		CHECK_INT(e.class, ERR_DATA);
	parts_free(&parts);
}

int
main(void)
{

	memory_init(&store);
	check_mark(0, "");
	check_chain(0, NULL, "");
	memory_add(&store, "_nf/run.json", "x", 1);
	memory_add(&store, "_nf/note-1-2.json", "x", 1);
	add(0, 'a', 0, 10, 10, "{\"p\":1}");
	check_mark(1, "{\"p\":1}");
	/* Two branches, the shorter one has the mark. */
	add(1, 'b', 'a', 10, 20, "{\"p\": \"2 \\\" 3\"}");
	add(1, 'c', 'a', 15, 25, NULL);
	check_mark(1, "{\"p\": \"2 \\\" 3\"}");
	check_chain(1, NULL, "ac");
	check_chain(1, "{\"p\":1}", "a");
	check_chain(1, "{ \"p\" : \"2 \\\" 3\" }", "ab");
	check_chain(0, "{\"p\":\"2\\\" 3\"}", "");
	check_chain(0, "{\"p\":2}", "");
	/* As many records: the later name, wherever it is listed. */
	add(2, 'f', 'c', 5, 30, "{\"p\":3}");
	add(2, 'd', 'b', 10, 30, "{\"p\":3}");
	check_mark(1, "{\"p\":3}");
	check_chain(1, "{\"p\":3}", "acf");
	/* One that does not add up: none to go on from, but all there is. */
	add(3, '0', 'd', 5, 36, "{\"p\":5}");
	check_chain(-1, "{\"p\":5}", "");
	check_chain(1, NULL, "abd0");
	/* A chain with a hole. */
	add(5, 'e', '9', 9, 99, "{\"p\":4}");
	check_chain(-1, "{\"p\":4}", "");
	check_chain(-1, NULL, "");
	return (check_done());
}

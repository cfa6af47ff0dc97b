/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/receipt.h"

#include "check.h"
#include "memory_store.h"

#define H1 "0123456789abcdef0123456789abcdef"
#define H2 "fedcba9876543210fedcba9876543210"
#define PART "\"part-00001-" H1 ".ndjson.gz\"" /* as a receipt has it */

static struct memory_store store;

static void
test_names(void)
{
	static const char *const bad[] = { "", "_nf/", "_nf/run.json",
		"_nf/manifest.json", "_nf/0-" H1 ".json",
		"_nf/00001-" H1, "_nf/00001-" H1 ".json.gz",
		"_nf/00001_" H1 ".json", "_nf/+0001-" H1 ".json",
		"_nf/00001-0123456789ABCDEF0123456789abcdef.json",
		"_nf/00001-0123456789abcdef0123456789abcde.json",
		"_nf/ 0001-" H1 ".json", "part-00001-" H1 ".ndjson.gz",
		"_nf/99999999999999999999-" H1 ".json" };
	static const uint64_t good[] = { 0, 1, 99999, 100000, UINT64_MAX };
	char name[RECEIPT_NAME], hash[PART_HASH];
	uint64_t index;
	size_t i;

	receipt_name(name, 7, H1);
	CHECK_STR(name, "_nf/00007-" H1 ".json");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		receipt_name(name, good[i], H1);
		CHECK_INT(receipt_split_name(name, &index, hash), 0);
		CHECK_UINT(index, good[i]);
		CHECK_STR(hash, H1);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(receipt_split_name(bad[i], &index, hash), -1);
}

static void
make(struct receipt *r, uint64_t index, uint64_t records)
{

	memset(r, 0, sizeof(*r));
	r->index = index;
	strcpy(r->hash, H1);
	strcpy(r->before, index == 0 ? "" : H2);
	part_name(r->part, index, H1, PART_GZIP);
	r->generation = 5;
	r->size = 10;
	r->crc32c = 0xdeadbeef;
	r->own = (struct part_totals){ 3, 30, 1 };
	r->totals = (struct part_totals){ records, 30 * records, 2 };
}

/* What is put is got; a twin's receipt is taken over, unless it differs. */
static void
test_put(void)
{
	struct err e = { .class = ERR_NONE };
	char mark[] = "{\"a\": 1e400}";
	struct receipt r, got;

	memory_init(&store);
	make(&r, 1, 9);
	r.mark = mark;
	CHECK_INT(receipt_put(&store.base, &r, &e), 0);
	CHECK_INT(receipt_get(&store.base, 1, H1, &got, &e), 1);
	CHECK_STR(got.mark, "{\"a\": 1e400}");
	CHECK_STR(got.before, H2);
	CHECK_UINT(got.crc32c, 0xdeadbeef);
	CHECK(part_totals_equal(&got.totals, &r.totals));
	CHECK(part_totals_equal(&got.own, &r.own));
	receipt_fini(&got);
	CHECK_INT(receipt_get(&store.base, 2, H1, &got, &e), 0);

	make(&r, 1, 9);
	r.generation = 6; /* of a twin, which lost */
	r.size = 11;
	CHECK_INT(receipt_put(&store.base, &r, &e), 0);
	CHECK_UINT(r.generation, 5);
	CHECK_UINT(r.size, 10);
	CHECK_STR(r.mark, "{\"a\": 1e400}");
	receipt_fini(&r);

	make(&r, 1, 10);
	CHECK_INT(receipt_put(&store.base, &r, &e), -1);
	CHECK_INT(e.class, ERR_DATA);
	CHECK_STR(e.code, "bad_receipt");
}

/* A receipt's text with from replaced by to. */
static void
replaced(const char *from, const char *to)
{
	struct memory_object *o = &store.object[0];
	char text[RECEIPT_MAX], *at;

	memcpy(text, o->data, o->size);
	text[o->size] = '\0';
	if (!CHECK((at = strstr(text, from)) != NULL))
		return;
	o->size = (size_t)snprintf((char *)o->data, MEMORY_SIZE,
	    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void
test_hostile(void)
{
	static const char *const change[][2] = {
		{ "{", "[" }, { PART, "\"../x\"" }, { PART, "\"\"" },
		{ PART, "null" }, { PART, "7" },
		{ PART, "\"part-00001-" H2 ".ndjson.gz\"" },
		{ PART, "\"part-00002-" H1 ".ndjson.gz\"" },
		{ PART, "\"part-00001-" H1 ".ndjson.g\"" },
		{ "\"_nf/00001-" H1, "\"_nf/00001-" H2 }, { "\"size\":10", "\"size\":-1" },
		{ "\"size\":10", "\"size\":1e1" },
		{ "\"size\":10", "\"size\":9223372036854775808" },
		{ "\"deadbeef\"", "\"deadbee\"" },
		{ "\"deadbeef\"", "\"DEADBEEG\"" },
		{ "\"generation\":5,", "" },
		{ "\"before\":\"_nf/00000", "\"before\":\"_nf/00001" },
		{ "\"before\":\"_nf/00000-" H2 ".json\"",
		    "\"before\":null" },
		{ "\"_nf/00001-", "\"_nf/18446744073709551615-" },
		{ "\"total_records\":9", "\"total_records\":1" },
	};
	struct err e;
	struct receipt r;
	size_t i;

	for (i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		memory_init(&store);
		memset(&e, 0, sizeof(e));
		make(&r, 1, 9);
		CHECK_INT(receipt_put(&store.base, &r, &e), 0);
		replaced(change[i][0], change[i][1]);
		if (!CHECK_INT(receipt_get(&store.base, 1, H1, &r, &e), -1))
			fprintf(stderr, "with %s\n", change[i][1]);
		CHECK_INT(e.class, ERR_DATA);
	}
}

int
main(void)
{

	TEST(test_names);
	TEST(test_put);
	TEST(test_hostile);
	return (check_done());
}

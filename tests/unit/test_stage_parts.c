/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/parts.h"

#include "check.h"
#include "lib/base/err.h"
#include "stage/receipt.h"

/* A receipt whose members all depend on its index. */
static void
make(struct receipt *r, uint64_t i)
{

	memset(r, 0, sizeof(*r));
	r->index = i;
	snprintf(r->hash, sizeof(r->hash), "%016" PRIx64 "fedcba9876543210",
	    i * 0x9e3779b97f4a7c15U);
	part_name(r->part, i, r->hash, i % 3 == 0 ? PART_PLAIN : PART_GZIP);
	r->generation = INT64_MAX - i;
	r->size = i % 2 == 0 ? INT64_MAX : i;
	r->crc32c = (uint32_t)i * 0x9e3779b9U;
	r->own = (struct part_totals){ i + 1, 10 * i + 7, ~(uint32_t)i };
}

static void
check_part(const struct parts *p, size_t i)
{
	struct receipt want, before, got;

	make(&want, i);
	parts_get(p, i, &got);
	if (i > 0) {
		make(&before, i - 1);
		strcpy(want.before, before.hash);
	}
	CHECK_UINT(got.index, i);
	CHECK_STR(got.hash, want.hash);
	CHECK_STR(got.part, want.part);
	CHECK_STR(got.before, want.before);
	CHECK_UINT(got.generation, want.generation);
	CHECK_UINT(got.size, want.size);
	CHECK_UINT(got.crc32c, want.crc32c);
	CHECK(part_totals_equal(&got.own, &want.own));
	CHECK(got.mark == NULL);
}

static void
test_parts(size_t n)
{
	struct part_totals want = { 0 }, sum;
	struct err e = { .class = ERR_NONE };
	struct parts p, back;
	struct receipt r;
	uint64_t size = 0;
	size_t i;

	parts_init(&p);
	parts_init(&back);
	for (i = 0; i < n; i++) {
		make(&r, i);
		CHECK_INT(parts_add(&p, &r, &e), 0);
		part_totals_add(&want, &r.own);
		size += r.size;
		make(&r, n - 1 - i);
		CHECK_INT(parts_add(&back, &r, &e), 0);
	}
	parts_reverse(&back);
	CHECK_UINT(back.n, n);
	for (i = 0; i < n; i++) {
		check_part(&p, i);
		check_part(&back, i);
	}
	parts_sum(&p, &sum);
	CHECK(part_totals_equal(&sum, &want));
	CHECK_UINT(parts_stored_size(&p), size);
	parts_free(&back);
	parts_free(&p);
	CHECK_UINT(p.n, 0);
}

/* The limit is refused before memory runs out. */
static void
test_limit(void)
{
	struct err e = { .class = ERR_NONE };
	struct parts p;
	struct receipt r;

	parts_init(&p);
	make(&r, 1);
	while (parts_add(&p, &r, &e) == 0)
		;
	CHECK_UINT(p.n, PARTS_MAX);
	CHECK_INT(e.class, ERR_CONFIG);
	CHECK_STR(e.code, "too_many_parts");
	parts_free(&p);
}

int
main(void)
{

	test_parts(0);
	test_parts(1);
	test_parts(2);
	test_parts(17);
	test_parts(1000);
	TEST(test_limit);
	return (check_done());
}

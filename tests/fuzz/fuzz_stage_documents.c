/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run says of itself: the input stands in the store as receipt,
 * manifest and run.json at once.  A receipt or manifest that is accepted is
 * written again, and what was written reads as the same.
 */
#include <stdbool.h>

#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "stage/manifest.h"
#include "stage/receipt.h"
#include "stage/run_info.h"
#include "stage/store/store.h"

#define HASH "0123456789abcdef0123456789abcdef"

/* The one document in the store. */
static const uint8_t *stored;
static size_t stored_len;
static struct buf written;

static int
fake_read(struct store *s, const char *name,
    const struct store_info *want, store_sink *sink, void *arg, struct err *e)
{

	(void)s;
	(void)name;
	(void)want;
	if (stored_len > 0 && sink(arg, stored, stored_len, e) == -1)
		return (-1);
	return (1);
}

static int
fake_create(struct store *s, const char *name, const struct store_body *body,
    struct store_info *info, struct err *e)
{

	(void)s;
	FUZZ_CHECK(strncmp(name, "_nf/", 4) == 0);
	memset(info, 0, sizeof(*info));
	buf_reset(&written);
	FUZZ_CHECK(buf_reserve(&written, body->size) == 0);
	FUZZ_CHECK(store_body_read(body, 0, written.data, body->size,
	    e) == 0);
	written.len = body->size;
	return (1);
}

static const struct store_ops ops = { .read = fake_read,
	.create = fake_create };

static void
check_receipt(struct store *s, uint64_t index)
{
	struct receipt r, again;
	struct err e = { 0 };

	if (receipt_get(s, index, HASH, &r, &e) != 1)
		return;
	FUZZ_CHECK(strchr(r.part, '/') == NULL);
	FUZZ_CHECK(strlen(r.hash) == PART_HASH - 1);
	if (receipt_put(s, &r, &e) == 0) {
		stored = written.data;
		stored_len = written.len;
		FUZZ_CHECK(receipt_get(s, index, HASH, &again, &e) == 1);
		FUZZ_CHECK(strcmp(r.hash, again.hash) == 0 &&
		    strcmp(r.part, again.part) == 0 &&
		    r.index == again.index &&
		    r.generation == again.generation &&
		    part_totals_equal(&r.own, &again.own) &&
		    part_totals_equal(&r.totals, &again.totals) &&
		    (r.mark == NULL) == (again.mark == NULL));
		FUZZ_CHECK(r.mark == NULL || strcmp(r.mark, again.mark) == 0);
		receipt_fini(&again);
	}
	receipt_fini(&r);
}

static void
check_manifest(struct store *s)
{
	struct manifest m, again;
	struct err e = { 0 };
	struct receipt r, same;
	uint64_t records = 0;
	size_t i;

	manifest_init(&m);
	manifest_init(&again);
	if (manifest_get(s, &m, &e) == 1) {
		FUZZ_CHECK(manifest_commit(s, &m, NULL, &e) == 1);
		stored = written.data;
		stored_len = written.len;
		FUZZ_CHECK(manifest_get(s, &again, &e) == 1);
		FUZZ_CHECK(again.parts.n == m.parts.n);
		for (i = 0; i < m.parts.n; i++) {
			parts_get(&m.parts, i, &r);
			parts_get(&again.parts, i, &same);
			FUZZ_CHECK(memcmp(&r, &same, sizeof(r)) == 0);
			FUZZ_CHECK(strchr(r.part, '/') == NULL);
			records += r.own.records;
		}
		FUZZ_CHECK(records == m.totals.records);
	}
	manifest_fini(&m);
	manifest_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char uri[] = "file:///fuzz/";
	struct store s = { .ops = &ops, .uri = uri };
	struct run_info run;
	struct err e = { 0 };

	if (written.max == 0)
		buf_init(&written, (size_t)1 << 20);
	stored = p;
	stored_len = n;
	memset(&run, 0, sizeof(run));
	if (run_info_get(&s, &run, &e) == 1)
		FUZZ_CHECK(strlen(run.source) < SHA256_HEX);
	check_manifest(&s);
	stored = p;
	stored_len = n;
	check_receipt(&s, 0);
	stored = p;
	stored_len = n;
	check_receipt(&s, 1);
	return (0);
}

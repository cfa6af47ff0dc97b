/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MutateRows responses, noted by hand, against protobuf-c: the same results
 * on the same entries.  Intended differences:
 *	a status given twice for one entry, which protobuf merges, breaks the
 *	answer here, so that nothing is taken for written;
 *	a known field of another wire type, which protobuf-c refuses, is
 *	skipped here as an unknown one.
 */
#include "load/bigtable/answer.h"

#include "fuzz.h"
#include "lib/base/err.h"
#include "load/bigtable/batch.h"
#include "load/bigtable/bigtable.pb-c.h"

#define ENTRIES 8

/* What protobuf-c reads: is it right that ${b} says so? */
static void
compare(const struct batch *b,
    const Google__Bigtable__V2__MutateRowsResponse *r)
{
	unsigned int answers[ENTRIES] = { 0 };
	int code[ENTRIES] = { 0 };
	int64_t at;
	size_t i;

	for (i = 0; i < r->n_entries; i++) {
		at = r->entries[i]->index;
		if (at < 0 || at >= ENTRIES) {
			FUZZ_CHECK(b->broken);
			continue;
		}
		answers[at]++;
		code[at] = r->entries[i]->status == NULL ? 0 :
		    r->entries[i]->status->code;
	}
	for (i = 0; !b->broken && i < ENTRIES; i++) {
		FUZZ_CHECK(b->entry[i].answers == answers[i]);
		FUZZ_CHECK(answers[i] != 1 || b->entry[i].code == code[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	Google__Bigtable__V2__MutateRowsResponse *r;
	struct batch_entry entry[ENTRIES];
	uint32_t live[ENTRIES];
	struct batch b;
	struct answer_rate rate = { 0 };
	struct err e = { 0 };
	size_t i;

	memset(&b, 0, sizeof(b));
	memset(entry, 0, sizeof(entry));
	for (i = 0; i < ENTRIES; i++)
		live[i] = (uint32_t)i;
	b.entry = entry;
	b.live = live;
	b.n = b.nlive = b.sent = ENTRIES;
	FUZZ_CHECK(answer_note(&b, p, n, &rate, &e) == 0);
	FUZZ_CHECK(!rate.present || rate.period_ms >= 0);
	r = google__bigtable__v2__mutate_rows_response__unpack(NULL, n, p);
	if (r != NULL)
		compare(&b, r);
	google__bigtable__v2__mutate_rows_response__free_unpacked(r, NULL);
	for (i = 0; i < ENTRIES; i++)
		free(entry[i].message);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/answer.h"

#include <stdlib.h>

#include "check.h"
#include "lib/base/err.h"
#include "load/bigtable/batch.h"
#include "load/code.h"

#define ENTRIES 3

static struct batch_entry entry[ENTRIES];
static struct batch batch;

/* Note the ${n} bytes at ${p} on a fresh batch. */
static void
note(const char *p, size_t n)
{
	static uint32_t live[ENTRIES] = { 0, 1, 2 };
	struct answer_rate rate = { 0 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < ENTRIES; i++)
		free(entry[i].message);
	memset(entry, 0, sizeof(entry));
	memset(&batch, 0, sizeof(batch));
	batch.entry = entry;
	batch.live = live;
	batch.n = batch.nlive = batch.sent = ENTRIES;
	CHECK_INT(answer_note(&batch, (const uint8_t *)p, n, &rate, &e), 0);
}

#define NOTE(bytes) note((bytes), sizeof(bytes) - 1)

int
main(void)
{

	/* Entry 1: index 1, an empty status, which is OK. */
	NOTE("\x0a\x04\x08\x01\x12\x00");
	CHECK(!batch.broken);
	CHECK_UINT(entry[1].answers, 1);
	CHECK_INT(entry[1].code, CODE_OK);
	CHECK_UINT(entry[0].answers, 0);

	/* Entry 2: UNAVAILABLE, "x". */
	NOTE("\x0a\x09\x08\x02\x12\x05\x08\x0e\x12\x01x");
	CHECK(!batch.broken);
	CHECK_INT(entry[2].code, CODE_UNAVAILABLE);
	CHECK_STR(entry[2].message, "x");

	/*
	 * The same in two statuses, which a parser of protobuf merges: the
	 * second alone would be a row that was written.
	 */
	NOTE("\x0a\x0b\x08\x02\x12\x02\x08\x0e\x12\x03\x12\x01x");
	CHECK(batch.broken);
	CHECK_UINT(entry[2].answers, 0);

	/* An entry that was not sent; a message that is cut. */
	NOTE("\x0a\x04\x08\x03\x12\x00");
	CHECK(batch.broken);
	NOTE("\x0a\x04\x08\x01\x12");
	CHECK(batch.broken);
	return (check_done());
}

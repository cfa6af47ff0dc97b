/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "lib/base/bytes.h"
#include "lib/base/err.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/code.h"
#include "retry_info.h"

#define INDEX_TAG (1 << 3)      /* of an entry: field 1, a varint */
#define STATUS_TAG (2 << 3 | 2) /* field 2, a message */

/*
 * The fields of a response are parsed one by one: nearly all of them say that
 * entry N is OK, for which unpacking a message would be too slow.
 */
struct reader {
	const uint8_t *p;
	const uint8_t *end;
};

struct field {
	unsigned int number;
	unsigned int type; /* 0: ${value}; 2: ${bytes} */
	uint64_t value;
	struct bytes bytes;
};

static inline int
take_varint(struct reader *r, uint64_t *v)
{
	unsigned int shift;
	uint8_t c;

	if (r->p < r->end && *r->p < 0x80) {
		*v = *r->p++;
		return (0);
	}
	*v = 0;
	for (shift = 0; shift < 64 && r->p < r->end; shift += 7) {
		c = *r->p++;
		*v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return (0);
	}
	return (-1);
}

/* Parse the next field: 1, 0 at the end, -1 if this is not a message. */
static inline int
take_field(struct reader *r, struct field *f)
{
	uint64_t n;

	*f = (struct field){ .number = 0 };
	if (r->p == r->end)
		return (0);
	if (take_varint(r, &n) == -1 || n >> 3 == 0 || n >> 3 > 1U << 29)
		return (-1);
	f->number = (unsigned int)(n >> 3);
	f->type = (unsigned int)(n & 7);
	if (f->type == 0)
		return (take_varint(r, &f->value) == 0 ? 1 : -1);
	if (f->type == 1 || f->type == 5)
		n = f->type == 1 ? 8 : 4;
	else if (f->type != 2 || take_varint(r, &n) == -1)
		return (-1);
	if (n > (size_t)(r->end - r->p))
		return (-1);
	f->bytes.p = r->p;
	f->bytes.n = (size_t)n;
	r->p += n;
	return (1);
}

static int
note_status(struct batch_entry *x, const Google__Rpc__Status *s, struct err *e)
{

	x->answers++;
	x->code = s == NULL ? CODE_OK : s->code;
	free(x->message);
	x->message = NULL;
	if (x->code == CODE_OK)
		return (0);
	x->retry_ms = retry_info_ms(s);
	if ((x->message = strdup(s->message)) == NULL)
		return (err_nomem(e));
	return (0);
}

/*
 * Fast path: nearly every entry is an index and an empty status.  Return false
 * if this one is not.
 */
static bool
note_written(struct batch *b, struct bytes entry)
{
	struct reader r = { entry.p, entry.p + entry.n };
	struct batch_entry *x;
	uint64_t index;

	if (entry.n < 4 || *r.p++ != INDEX_TAG || take_varint(&r, &index) == -1 ||
	    r.end - r.p != 2 || r.p[0] != STATUS_TAG || r.p[1] != 0 ||
	    index >= b->sent)
		return (false);
	assert(b->live[index] < b->n);
	x = &b->entry[b->live[index]];
	if (x->message != NULL)
		return (false);
	x->answers++;
	x->code = CODE_OK;
	return (true);
}

/* MutateRowsResponse.Entry: 0, or -1 with ${e} or with the batch broken. */
static int
note_entry(struct batch *b, struct bytes entry, struct err *e)
{
	struct reader r = { entry.p, entry.p + entry.n };
	struct field f;
	struct bytes status = { NULL, 0 };
	Google__Rpc__Status *s = NULL;
	uint64_t index = 0;
	unsigned int given = 0;
	int rc;

	while ((rc = take_field(&r, &f)) == 1)
		if (f.number == 1 && f.type == 0) {
			index = f.value;
		} else if (f.number == 2 && f.type == 2) {
			status = f.bytes;
			given++;
		}
	/* Two statuses would have to be merged; no server should send that. */
	if (rc == -1 || given > 1 || index >= b->sent || (status.n > 0 &&
	    (s = google__rpc__status__unpack(NULL, status.n, status.p)) ==
	    NULL)) {
		b->broken = true;
		return (0);
	}
	assert(b->live[index] < b->n);
	rc = note_status(&b->entry[b->live[index]], s, e);
	google__rpc__status__free_unpacked(s, NULL);
	return (rc);
}

static void
note_rate(struct batch *b, struct bytes message, struct answer_rate *rate)
{
	Google__Bigtable__V2__RateLimitInfo *info;

	info = google__bigtable__v2__rate_limit_info__unpack(NULL, message.n,
	    message.p);
	if (info == NULL) {
		b->broken = true;
		return;
	}
	rate->present = true;
	rate->factor = info->factor;
	rate->period_ms = retry_info_duration_ms(info->period);
	google__bigtable__v2__rate_limit_info__free_unpacked(info, NULL);
}

int
answer_note(struct batch *b, const uint8_t *p, size_t n,
    struct answer_rate *rate, struct err *e)
{
	struct reader r = { p, p + n };
	struct field f;
	int rc;

	rate->present = false;
	while ((rc = take_field(&r, &f)) == 1) {
		if (f.number == 1 && f.type == 2) {
			if (!note_written(b, f.bytes) &&
			    note_entry(b, f.bytes, e) == -1)
				return (-1);
		} else if (f.number == 3 && f.type == 2) {
			note_rate(b, f.bytes, rate);
		}
	}
	if (rc == -1)
		b->broken = true;
	return (0);
}

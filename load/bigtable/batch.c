/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "load/mutation.h"
#include "wire.h"

/*
 * The bytes of the request, owned jointly by the batch and by every slice of
 * it that gRPC may still be sending.
 */
struct batch_memory {
	atomic_uint owners;
	uint8_t data[];
};

static struct batch_memory *
new_memory(size_t n)
{
	struct batch_memory *m;

	if ((m = malloc(sizeof(*m) + n + WIRE_PAD)) != NULL)
		atomic_init(&m->owners, 1);
	return (m);
}

static void
release_memory(void *p)
{
	struct batch_memory *m = p;

	if (atomic_fetch_sub(&m->owners, 1) == 1)
		free(m);
}

struct batch *
batch_new(size_t rows, size_t size, struct err *e)
{
	struct batch *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		goto err0;
	b->entry = reallocarray(NULL, rows, sizeof(*b->entry));
	b->live = reallocarray(NULL, rows, sizeof(*b->live));
	b->memory = new_memory(size);
	if (b->entry == NULL || b->live == NULL || b->memory == NULL)
		goto err1;
	b->max = rows;
	b->size = size;
	return (b);

err1:
	batch_free(b);
err0:
	err_nomem(e);
	return (NULL);
}

void
batch_begin(struct batch *b, struct batch_table *table, struct bytes head)
{

	b->table = table;
	memcpy(b->memory->data, head.p, head.n);
	b->len = head.n;
	b->since = clock_mono_ms();
}

static void
clear_entries(struct batch *b)
{
	struct batch_line *l;
	size_t i;

	for (i = 0; i < b->n; i++) {
		while ((l = b->entry[i].first) != NULL) {
			b->entry[i].first = l->next;
			free(l);
		}
		batch_entry_clear(&b->entry[i]);
	}
}

bool
batch_reset(struct batch *b)
{
	const struct batch empty = { .memory = b->memory, .size = b->size,
		.entry = b->entry, .max = b->max, .live = b->live };

	if (atomic_load(&b->memory->owners) != 1)
		return (false);
	clear_entries(b);
	*b = empty;
	return (true);
}

void
batch_free(struct batch *b)
{

	if (b == NULL)
		return;
	clear_entries(b);
	if (b->memory != NULL)
		release_memory(b->memory);
	free(b->entry);
	free(b->live);
	free(b);
}

bool
batch_fits(const struct batch *b, size_t n, size_t mutations)
{

	return (b->n < b->max && n <= b->size - b->len &&
	    mutations + b->mutations <= BIGTABLE_MAX_CELLS);
}

struct batch_entry *
batch_add(struct batch *b, struct bytes row, size_t n)
{
	struct batch_entry *x = &b->entry[b->n];
	uint8_t *from = b->memory->data + b->len;
	uint8_t *to = wire_entry(from, row, n);

	assert(b->n < b->max && b->nlive <= b->n &&
	    (size_t)(to - from) + n <= b->size - b->len);
	memset(x, 0, sizeof(*x));
	x->at = b->len;
	x->len = (size_t)(to - from) + n;
	x->mutations_at = x->at + x->len - n;
	x->key.row.p = to - row.n;
	x->key.row.n = row.n;
	x->retry_ms = -1;
	b->live[b->nlive++] = (uint32_t)b->n++;
	b->len += x->len;
	return (x);
}

uint8_t *
batch_mutations(const struct batch *b, const struct batch_entry *x)
{

	return (b->memory->data + x->mutations_at);
}

void
batch_entry_clear(struct batch_entry *x)
{
	size_t i;

	free(x->message);
	free(x->part.raw);
	for (i = 0; i < x->nmore; i++)
		free(x->more[i].raw);
	free(x->more);
	x->message = NULL;
	x->part.raw = NULL;
	x->more = NULL;
	x->nmore = 0;
}

static size_t
count_live_bytes(const struct batch *b)
{
	size_t i, n = b->entry[0].at; /* the head */

	for (i = 0; i < b->sent; i++)
		n += b->entry[b->live[i]].len;
	return (n);
}

/* Copy the head and the live entries to a new buffer. */
static struct batch_memory *
copy_live(const struct batch *b, size_t n)
{
	struct batch_memory *m;
	const struct batch_entry *x;
	uint8_t *to;
	size_t i;

	if ((m = new_memory(n)) == NULL)
		return (NULL);
	memcpy(m->data, b->memory->data, b->entry[0].at);
	to = m->data + b->entry[0].at;
	for (i = 0; i < b->sent; i++) {
		x = &b->entry[b->live[i]];
		memcpy(to, b->memory->data + x->at, x->len);
		to += x->len;
	}
	return (m);
}

int
batch_request(struct batch *b, struct bytes tail, grpc_slice *message,
    struct err *e)
{
	struct batch_memory *m = b->memory;
	struct batch_entry *x;
	size_t i, n = count_live_bytes(b);

	assert(b->sent > 0 && b->sent <= b->nlive);
	for (i = 0; i < b->sent; i++) {
		x = &b->entry[b->live[i]];
		x->answers = 0;
		x->retry_ms = -1;
		x->attempts++;
	}
	b->broken = false;
	/*
	 * Another owner remains: an abandoned attempt that is still being sent.
	 */
	if (n == b->len && b->size - n >= tail.n &&
	    atomic_load(&m->owners) == 1)
		atomic_fetch_add(&m->owners, 1);
	else if ((m = copy_live(b, n + tail.n)) == NULL)
		return (err_nomem(e));
	if (tail.n > 0)
		memcpy(m->data + n, tail.p, tail.n);
	*message = grpc_slice_new_with_user_data(m->data, n + tail.n,
	    release_memory, m);
	return (0);
}

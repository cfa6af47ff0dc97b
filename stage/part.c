/* SPDX-License-Identifier: Apache-2.0 */
#include "part.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/gzip.h"
#include "lib/base/number.h"
#include "lib/stream/stream.h"
#include "stage/store/spool.h"

#define BATCH ((size_t)256 << 10) /* compressed and hashed at once */

struct part *
part_new(const struct spool_place *at, enum part_form form, struct err *e)
{
	struct part *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	p->form = form;
	buf_init(&p->raw, BATCH);
	buf_init(&p->packed, 2 * BATCH);
	buf_init(&p->mark, STREAM_MAX_CURSOR);
	if ((p->spool = spool_new(at, e)) == NULL ||
	    (p->gz = gzip_writer_new(e)) == NULL ||
	    (p->sha = sha256_new(e)) == NULL) {
		part_free(p);
		return (NULL);
	}
	return (p);
}

void
part_free(struct part *p)
{

	if (p == NULL)
		return;
	buf_free(&p->raw);
	buf_free(&p->packed);
	buf_free(&p->mark);
	spool_free(p->spool);
	gzip_writer_free(p->gz);
	sha256_free(p->sha);
	free(p);
}

int
part_begin(struct part *p, const struct part_place *place, struct err *e)
{
	char hex[SHA256_HEX];

	/* Discard data that a failure may have left. */
	if (sha256_end(p->sha, hex, e) == -1)
		return (-1);
	sha256_update(p->sha, place->hash, strlen(place->hash));
	assert((place->index == 0) == (place->totals.records == 0));
	p->index = place->index;
	p->totals = place->totals;
	memset(&p->own, 0, sizeof(p->own));
	p->size = 0;
	p->crc32c = 0;
	buf_reset(&p->raw);
	buf_reset(&p->mark);
	return (spool_reset(p->spool, e));
}

/* Do these bytes end the part? */
enum last { NOT_LAST, LAST };

/* Write n bytes to the spool, in their stored form. */
static int
spool_bytes(struct part *p, const void *data, size_t n, struct err *e)
{

	p->size += n;
	p->crc32c = crc32c_update(p->crc32c, data, n);
	return (spool_write(p->spool, data, n, e));
}

/* Hash, compress and spool n bytes of records. */
static int
pack_records(struct part *p, const void *data, size_t n, enum last last,
    struct err *e)
{

	sha256_update(p->sha, data, n);
	p->own.raw_size += n;
	p->own.raw_crc32c = crc32c_update(p->own.raw_crc32c, data, n);
	if (p->form == PART_PLAIN)
		return (spool_bytes(p, data, n, e));
	buf_reset(&p->packed);
	if (gzip_write(p->gz, data, n, last == LAST, &p->packed,
	    e) == -1)
		return (-1);
	return (spool_bytes(p, p->packed.data, p->packed.len, e));
}

static int
flush_records(struct part *p, enum last last, struct err *e)
{
	int rc;

	if (p->raw.len == 0 && last == NOT_LAST)
		return (0);
	rc = pack_records(p, p->raw.data, p->raw.len, last, e);
	buf_reset(&p->raw);
	return (rc);
}

int
part_add(struct part *p, const void *line, size_t n, struct err *e)
{
	const uint8_t *at = line;
	size_t step;

	assert(p->raw.len <= BATCH);
	p->own.records++;
	if (p->raw.len + n + 1 > BATCH && flush_records(p, NOT_LAST, e) == -1)
		return (-1);
	for (; n >= BATCH; n -= step, at += step) {
		step = BATCH;
		if (pack_records(p, at, step, NOT_LAST, e) == -1)
			return (-1);
	}
	if (buf_append(&p->raw, at, n) == -1 ||
	    buf_putc(&p->raw, '\n') == -1)
		return (err_nomem(e));
	return (0);
}

int
part_end(struct part *p, const void *mark, size_t n, struct part_place *place,
    struct err *e)
{
	char hex[SHA256_HEX];

	if (flush_records(p, LAST, e) == -1)
		return (-1);
	if (n > 0 && buf_append(&p->mark, mark, n) == -1)
		return (err_nomem(e));
	if (sha256_end(p->sha, hex, e) == -1)
		return (-1);
	memcpy(p->hash, hex, PART_HASH - 1);
	p->hash[PART_HASH - 1] = '\0';
	part_name(p->name, p->index, p->hash, p->form);
	assert(p->own.records > 0); /* no part is empty */
	assert(place->index == p->index);
	part_totals_add(&p->totals, &p->own);
	place->index = p->index + 1;
	memcpy(place->hash, p->hash, PART_HASH);
	place->totals = p->totals;
	return (0);
}

void
part_name(char out[PART_NAME], uint64_t index, const char *hash,
    enum part_form form)
{

	snprintf(out, PART_NAME, "part-%05" PRIu64 "-%.32s.ndjson%s", index,
	    hash, form == PART_PLAIN ? "" : ".gz");
}

int
part_split_place(const char *text, uint64_t *index, char hash[PART_HASH])
{

	if (number_next(&text, UINT64_MAX, index) == -1 || *text != '-')
		return (-1);
	snprintf(hash, PART_HASH, "%.32s", text + 1);
	return (strspn(hash, "0123456789abcdef") == PART_HASH - 1 ? 0 : -1);
}

int
part_split_name(const char *name, uint64_t *index, char hash[PART_HASH])
{
	char packed[PART_NAME], plain[PART_NAME];

	if (strncmp(name, "part-", 5) != 0 ||
	    part_split_place(name + 5, index, hash) == -1)
		return (-1);
	part_name(packed, *index, hash, PART_GZIP);
	part_name(plain, *index, hash, PART_PLAIN);
	return (strcmp(name, packed) == 0 || strcmp(name, plain) == 0
	    ? 0 : -1);
}

enum part_form
part_form(const char *name)
{
	size_t n = strlen(name);

	return (n > 3 && strcmp(name + n - 3, ".gz") == 0 ? PART_GZIP
	    : PART_PLAIN);
}

void
part_totals_add(struct part_totals *sum, const struct part_totals *own)
{

	sum->records += own->records;
	sum->raw_size += own->raw_size;
	sum->raw_crc32c = crc32c_combine(sum->raw_crc32c, own->raw_crc32c,
	    own->raw_size);
}

bool
part_totals_equal(const struct part_totals *a, const struct part_totals *b)
{

	return (a->records == b->records && a->raw_size == b->raw_size &&
	    a->raw_crc32c == b->raw_crc32c);
}

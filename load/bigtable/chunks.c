/* SPDX-License-Identifier: Apache-2.0 */
#include "chunks.h"

#include <assert.h>

#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "load/bigtable/bigtable.pb-c.h"

#define chunk Google__Bigtable__V2__ReadRowsResponse__CellChunk
#define ROW_STATUS(name)                                                       \
	GOOGLE__BIGTABLE__V2__READ_ROWS_RESPONSE__CELL_CHUNK__ROW_STATUS_##name
#define COMMIT ROW_STATUS(COMMIT_ROW)
#define RESET ROW_STATUS(RESET_ROW)

void
chunks_init(struct chunks *c, bool reverse)
{

	memset(c, 0, sizeof(*c));
	c->reverse = reverse;
	row_init(&c->row);
	buf_init(&c->last, ROW_MAX);
	buf_init(&c->family, ROW_MAX);
	buf_init(&c->qualifier, ROW_MAX);
}

void
chunks_free(struct chunks *c)
{

	row_free(&c->row);
	buf_free(&c->last);
	buf_free(&c->family);
	buf_free(&c->qualifier);
}

void
chunks_restart(struct chunks *c)
{

	c->state = CHUNKS_NEW_ROW;
}

static int
fail_stream(struct err *e, const char *what)
{

	return (err_set_code(e, ERR_REFUSED, "bad_stream", "the stream of rows "
	    "is broken: %s", what));
}

static struct bytes
to_bytes(const ProtobufCBinaryData *d)
{
	struct bytes b = { d->data, d->len };

	return (b);
}

static int
copy_bytes(struct buf *to, struct bytes from, struct err *e)
{

	buf_reset(to);
	if (buf_append(to, from.p, from.n) == -1)
		return (err_nomem(e));
	return (0);
}

static bool
is_commit(const struct chunk *k)
{

	return (k->row_status_case == COMMIT && k->commit_row);
}

static bool
is_reset(const struct chunk *k)
{

	return (k->row_status_case == RESET && k->reset_row);
}

/* A chunk that only continues a cell sets no other fields. */
static bool
names_nothing(const struct chunk *k)
{

	return (k->row_key.len == 0 && k->family_name == NULL &&
	    k->qualifier == NULL && k->timestamp_micros == 0 &&
	    k->n_labels == 0);
}

/* Rows arrive in order, each key once. */
static int
check_order(const struct chunks *c, struct bytes key, struct err *e)
{
	struct bytes last = { c->last.data, c->last.len };
	int cmp;

	if (!c->has_last)
		return (0);
	cmp = bytes_compare(key, last);
	if (c->reverse && cmp >= 0)
		return (fail_stream(e, "row keys are not strictly decreasing"));
	if (!c->reverse && cmp <= 0)
		return (fail_stream(e, "row keys are not strictly increasing"));
	return (0);
}

static int
begin_row(struct chunks *c, const struct chunk *k, struct err *e)
{

	if (k->row_key.len == 0)
		return (fail_stream(e, "a row without a key"));
	if (k->family_name == NULL || k->qualifier == NULL)
		return (fail_stream(e, "a row without a column"));
	if (check_order(c, to_bytes(&k->row_key), e) == -1)
		return (-1);
	if (row_begin(&c->row, to_bytes(&k->row_key)) == -1)
		return (err_nomem(e));
	return (0);
}

static int
check_same_row(const struct chunks *c, const struct chunk *k, struct err *e)
{

	if (k->row_key.len != 0 &&
	    !bytes_equal(to_bytes(&k->row_key), row_key(&c->row)))
		return (fail_stream(e,
		    "a new row before the last was complete"));
	if (k->family_name != NULL && k->qualifier == NULL)
		return (fail_stream(e, "a family without a qualifier"));
	return (0);
}

static int
begin_cell(struct chunks *c, const struct chunk *k, struct err *e)
{

	if (k->family_name != NULL && !utf8_valid(k->family_name->value,
	    strlen(k->family_name->value)))
		return (fail_stream(e, "a family that is not valid UTF-8"));
	if (k->family_name != NULL &&
	    copy_bytes(&c->family, bytes_of(k->family_name->value), e) == -1)
		return (-1);
	if (k->qualifier != NULL &&
	    copy_bytes(&c->qualifier, to_bytes(&k->qualifier->value), e) == -1)
		return (-1);
	if (row_add(&c->row, (struct bytes){ c->family.data, c->family.len },
	    (struct bytes){ c->qualifier.data, c->qualifier.len },
	    k->timestamp_micros) == -1)
		return (err_nomem(e));
	return (0);
}

static int
commit_row(struct chunks *c, struct err *e)
{

	if (copy_bytes(&c->last, row_key(&c->row), e) == -1)
		return (-1);
	assert(c->row.n > 0);
	c->has_last = true;
	c->state = CHUNKS_NEW_ROW;
	row_sort(&c->row);
	return (1);
}

static int
reset_row(struct chunks *c, const struct chunk *k, struct err *e)
{

	if (c->state == CHUNKS_NEW_ROW)
		return (fail_stream(e, "a reset outside of a row"));
	if (!names_nothing(k) || k->value.len != 0 || k->value_size != 0)
		return (fail_stream(e, "a reset that carries data"));
	c->state = CHUNKS_NEW_ROW;
	return (0);
}

int
chunks_take(struct chunks *c, const struct chunk *k, struct err *e)
{

	if (is_reset(k))
		return (reset_row(c, k, e));
	if (c->state == CHUNKS_IN_CELL) {
		if (!names_nothing(k))
			return (fail_stream(e, "a new cell before the last was "
			    "complete"));
	} else {
		if ((c->state == CHUNKS_NEW_ROW ? begin_row(c, k, e) :
		    check_same_row(c, k, e)) == -1)
			return (-1);
		if (begin_cell(c, k, e) == -1)
			return (-1);
	}
	if (row_value(&c->row, k->value.data, k->value.len) == -1)
		return (err_nomem(e));
	c->state = k->value_size > 0 ? CHUNKS_IN_CELL : CHUNKS_IN_ROW;
	if (!is_commit(k))
		return (0);
	if (c->state == CHUNKS_IN_CELL)
		return (fail_stream(e, "a row ends within a cell"));
	return (commit_row(c, e));
}

int
chunks_scanned(struct chunks *c, struct bytes key, struct err *e)
{

	if (c->state != CHUNKS_NEW_ROW)
		return (fail_stream(e, "a mark within a row"));
	if (check_order(c, key, e) == -1)
		return (-1);
	c->has_last = true;
	return (copy_bytes(&c->last, key, e));
}

int
chunks_end(const struct chunks *c, struct err *e)
{

	return (c->state == CHUNKS_NEW_ROW ? 0 :
	    fail_stream(e, "it ends within a row"));
}

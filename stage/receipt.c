/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "stage/store/store_json.h"

int
receipt_init(struct receipt *r, const struct part *p, const char *before,
    const struct store_info *info, struct err *e)
{

	memset(r, 0, sizeof(*r));
	r->index = p->index;
	memcpy(r->hash, p->hash, sizeof(r->hash));
	memcpy(r->part, p->name, sizeof(r->part));
	snprintf(r->before, sizeof(r->before), "%.32s", before);
	r->generation = info->generation;
	r->size = info->size;
	r->crc32c = info->crc32c;
	r->own = p->own;
	r->totals = p->totals;
	if (p->mark.len > 0) {
		r->mark = strndup((const char *)p->mark.data, p->mark.len);
		if (r->mark == NULL)
			return (err_nomem(e));
	}
	return (0);
}

void
receipt_fini(struct receipt *r)
{

	free(r->mark);
	r->mark = NULL;
}

void
receipt_name(char out[RECEIPT_NAME], uint64_t index, const char *hash)
{

	snprintf(out, RECEIPT_NAME, "_nf/%05" PRIu64 "-%.32s.json", index,
	    hash);
}

int
receipt_split_name(const char *name, uint64_t *index, char hash[PART_HASH])
{
	char again[RECEIPT_NAME];

	if (strncmp(name, "_nf/", 4) != 0 ||
	    part_split_place(name + 4, index, hash) == -1)
		return (-1);
	receipt_name(again, *index, hash);
	return (strcmp(again, name) == 0 ? 0 : -1);
}

static void
write_totals(struct buf *out, const char *records, const char *size,
    const char *crc, const struct part_totals *t)
{
	char hex[9];

	crc32c_hex(t->raw_crc32c, hex);
	jsonw_u64(out, records, t->records);
	jsonw_u64(out, size, t->raw_size);
	jsonw_str(out, crc, hex);
}

void
receipt_members(const struct receipt *r, struct buf *out)
{
	char name[RECEIPT_NAME], hex[9];

	receipt_name(name, r->index, r->hash);
	crc32c_hex(r->crc32c, hex);
	jsonw_str(out, "part", r->part);
	jsonw_str(out, "receipt", name);
	jsonw_u64(out, "generation", r->generation);
	jsonw_u64(out, "size", r->size);
	jsonw_str(out, "crc32c", hex);
	write_totals(out, "records", "raw_size", "raw_crc32c", &r->own);
}

/* Does the part's name match its index and hash? */
static bool
is_part_named(const struct receipt *r)
{
	char hash[PART_HASH];
	uint64_t index;

	return (part_split_name(r->part, &index, hash) == 0 &&
	    index == r->index && strcmp(hash, r->hash) == 0);
}

int
receipt_parse_members(struct receipt *r, const struct scan *s, uint32_t t,
    struct err *e)
{
	char name[RECEIPT_NAME];

	if (fields_text(s, t, "part", r->part, sizeof(r->part), e) == -1 ||
	    fields_text(s, t, "receipt", name, sizeof(name), e) == -1 ||
	    fields_u64(s, t, "generation", &r->generation, e) == -1 ||
	    fields_u64(s, t, "size", &r->size, e) == -1 ||
	    fields_crc(s, t, "crc32c", &r->crc32c, e) == -1 ||
	    fields_u64(s, t, "records", &r->own.records, e) == -1 ||
	    fields_u64(s, t, "raw_size", &r->own.raw_size, e) == -1 ||
	    fields_crc(s, t, "raw_crc32c", &r->own.raw_crc32c, e) == -1)
		return (-1);
	if (receipt_split_name(name, &r->index, r->hash) == -1 ||
	    !is_part_named(r))
		return (err_set_code(e, ERR_DATA, "bad_document", "the name "
		    "of a part or receipt does not have the form INDEX-HASH"));
	return (0);
}

static void
write_receipt_json(const struct receipt *r, struct buf *out)
{
	char name[RECEIPT_NAME];

	buf_puts(out, "{\"v\":1");
	receipt_members(r, out);
	assert((r->index == 0) == (r->before[0] == '\0'));
	if (r->index > 0)
		receipt_name(name, r->index - 1, r->before);
	jsonw_str(out, "before", r->index > 0 ? name : NULL);
	write_totals(out, "total_records", "total_raw_size",
	    "total_raw_crc32c", &r->totals);
	if (r->mark == NULL)
		jsonw_str(out, "mark", NULL);
	else
		jsonw_raw(out, "mark", r->mark, strlen(r->mark));
	buf_puts(out, "}\n");
}

static int
parse_mark(struct receipt *r, const struct scan *s, struct err *e)
{
	uint32_t m = scan_member(s, 0, "mark", 4);
	const uint8_t *raw;
	size_t n;

	if (m == SCAN_NOT_FOUND || s->tok[m].kind == SCAN_NULL)
		return (0);
	raw = scan_raw(s, m, &n);
	if ((r->mark = strndup((const char *)raw, n)) == NULL)
		return (err_nomem(e));
	return (0);
}

static int
parse_receipt(void *arg, const struct scan *s, struct err *e)
{
	struct receipt *r = arg;
	char name[RECEIPT_NAME];
	uint64_t index;

	if (receipt_parse_members(r, s, 0, e) == -1 ||
	    fields_text(s, 0, "before", name, sizeof(name), e) == -1 ||
	    fields_u64(s, 0, "total_records", &r->totals.records, e) == -1 ||
	    fields_u64(s, 0, "total_raw_size", &r->totals.raw_size, e) == -1 ||
	    fields_crc(s, 0, "total_raw_crc32c", &r->totals.raw_crc32c, e)
	    == -1)
		return (-1);
	if ((r->index == 0) != (name[0] == '\0') || (name[0] != '\0' &&
	    (receipt_split_name(name, &index, r->before) == -1 ||
	    index + 1 != r->index)))
		return (err_set_code(e, ERR_DATA, "bad_document", "\"before\" "
		    "is not the name of the receipt before"));
	/* No part is empty. */
	if (r->index >= r->totals.records)
		return (err_set_code(e, ERR_DATA, "bad_document", "fewer "
		    "records than parts"));
	return (parse_mark(r, s, e));
}

int
receipt_get(struct store *s, uint64_t index, const char *hash,
    struct receipt *r, struct err *e)
{
	char name[RECEIPT_NAME];
	struct buf b;
	int rc;

	memset(r, 0, sizeof(*r));
	receipt_name(name, index, hash);
	buf_init(&b, RECEIPT_MAX);
	rc = store_json_get(s, name, &b, parse_receipt, r, e);
	buf_free(&b);
	if (rc == 1 && (r->index != index || strcmp(r->hash, hash) != 0))
		rc = err_set_code(e, ERR_DATA, "bad_document", "%s%s: the "
		    "receipt of another part", store_uri(s), name);
	if (rc != 1)
		receipt_fini(r);
	return (rc);
}

void
receipt_info(const struct receipt *r, struct store_info *info)
{

	memset(info, 0, sizeof(*info));
	info->generation = r->generation;
	info->size = r->size;
	info->crc32c = r->crc32c;
}

bool
receipt_fits(const struct receipt *r, const struct store_info *info)
{

	/* In a folder, the CRC32C is unknown until the file is read. */
	return (r->size == info->size &&
	    (info->crc32c == 0 || r->crc32c == info->crc32c));
}

int
receipt_adopt(struct receipt *r, struct receipt *stored, struct err *e)
{
	struct receipt mine = *r;

	assert(r->index == stored->index && strcmp(r->hash, stored->hash) == 0);
	if (!part_totals_equal(&r->own, &stored->own) ||
	    !part_totals_equal(&r->totals, &stored->totals))
		return (err_set_code(e, ERR_DATA, "bad_receipt", "receipt "
		    "%.32s: its count, size or CRC32C does not match its name",
		    r->hash));
	*r = *stored;
	*stored = mine;
	return (0);
}

int
receipt_put(struct store *s, struct receipt *r, struct err *e)
{
	char name[RECEIPT_NAME];
	struct receipt old;
	struct buf b;
	int rc;

	receipt_name(name, r->index, r->hash);
	buf_init(&b, RECEIPT_MAX);
	write_receipt_json(r, &b);
	rc = store_json_put(s, name, &b, e);
	buf_free(&b);
	if (rc == -1)
		return (-1);
	if (rc == 1)
		return (0);
	if ((rc = receipt_get(s, r->index, r->hash, &old, e)) == -1)
		return (-1);
	if (rc == 0)
		return (store_vanished(s, name, e));
	rc = receipt_adopt(r, &old, e);
	receipt_fini(&old);
	return (rc);
}

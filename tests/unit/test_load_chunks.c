/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/chunks.h"

#include <jansson.h>
#include <stdlib.h>

#include "check.h"
#include "lib/base/err.h"
#include "load/bigtable/bigtable.pb-c.h"

/*
 * The rules of a ReadRows stream, tests/conformance/read-rows.json: chunks,
 * the cells of the rows that come of them (in our order: qualifiers by
 * bytes, newest first), and whether the stream is broken.
 */
#define FILE_NAME "tests/conformance/read-rows.json"

#define MESSAGE(name) Google__Bigtable__V2__##name

static char *
text(const json_t *j, const char *key)
{

	return ((char *)(uintptr_t)json_string_value(json_object_get(j,
	    key)));
}

static ProtobufCBinaryData
binary(char *s)
{
	ProtobufCBinaryData d = { s == NULL ? 0 : strlen(s), (uint8_t *)s };

	return (d);
}

static int
take(struct chunks *c, const json_t *j, struct err *e)
{
	MESSAGE(StringValue) family = GOOGLE__BIGTABLE__V2__STRING_VALUE__INIT;
	MESSAGE(BytesValue) qualifier = GOOGLE__BIGTABLE__V2__BYTES_VALUE__INIT;
	MESSAGE(ReadRowsResponse__CellChunk) k =
	    GOOGLE__BIGTABLE__V2__READ_ROWS_RESPONSE__CELL_CHUNK__INIT;
	char label[] = "L", *labels[] = { label };

	k.row_key = binary(text(j, "row"));
	if (text(j, "family") != NULL) {
		family.value = text(j, "family");
		k.family_name = &family;
	}
	if (text(j, "qualifier") != NULL) {
		qualifier.value = binary(text(j, "qualifier"));
		k.qualifier = &qualifier;
	}
	k.timestamp_micros = json_integer_value(json_object_get(j, "ts"));
	k.value = binary(text(j, "value"));
	k.value_size = (int32_t)json_integer_value(json_object_get(j,
	    "size"));
	if (json_object_get(j, "labels") != NULL) {
		k.n_labels = 1;
		k.labels = labels;
	}
	if (json_is_true(json_object_get(j, "commit"))) {
		k.row_status_case =
		    GOOGLE__BIGTABLE__V2__READ_ROWS_RESPONSE__CELL_CHUNK__ROW_STATUS_COMMIT_ROW;
		k.commit_row = 1;
	} else if (json_is_true(json_object_get(j, "reset"))) {
		k.row_status_case =
		    GOOGLE__BIGTABLE__V2__READ_ROWS_RESPONSE__CELL_CHUNK__ROW_STATUS_RESET_ROW;
		k.reset_row = 1;
	}
	return (chunks_take(c, &k, e));
}

static void
list(const struct row *r, json_t *cells)
{
	struct bytes key = row_key(r);
	struct row_cell c;
	json_t *x;
	size_t i;

	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		x = json_array();
		json_array_append_new(x, json_stringn((const char *)key.p,
		    key.n));
		json_array_append_new(x, json_stringn(
		    (const char *)c.family.p, c.family.n));
		json_array_append_new(x, json_stringn(
		    (const char *)c.qualifier.p, c.qualifier.n));
		json_array_append_new(x, json_integer(c.ts));
		json_array_append_new(x, json_stringn(
		    (const char *)c.value.p, c.value.n));
		json_array_append_new(cells, x);
	}
}

static void
run(const json_t *j)
{
	json_t *chunks = json_object_get(j, "chunks"), *got = json_array();
	struct err e = { 0 };
	struct chunks c;
	size_t i;
	int rc = 0, right;

	chunks_init(&c, false);
	for (i = 0; i < json_array_size(chunks) && rc != -1; i++) {
		rc = take(&c, json_array_get(chunks, i), &e);
		if (rc == 1)
			list(&c.row, got);
	}
	if (rc != -1)
		rc = chunks_end(&c, &e);
	right = CHECK((rc == -1) ==
	    json_is_true(json_object_get(j, "error")));
	if (!CHECK(json_equal(got, json_object_get(j, "cells"))) || !right)
		fprintf(stderr, "    case: %s\n", text(j, "name"));
	if (rc == -1)
		CHECK_STR(e.code, "bad_stream");
	chunks_free(&c);
	json_decref(got);
}

static void
test_marks(void)
{
	struct err e = { 0 };
	struct chunks c;

	chunks_init(&c, true);
	CHECK_INT(chunks_scanned(&c, bytes_of("m"), &e), 0);
	CHECK_INT(chunks_scanned(&c, bytes_of("c"), &e), 0);
	CHECK_INT(chunks_scanned(&c, bytes_of("d"), &e), -1);
	CHECK(strstr(e.msg, "decreasing") != NULL);
	chunks_free(&c);
}

int
main(void)
{
	json_error_t where;
	json_t *all;
	size_t i;

	all = json_load_file(FILE_NAME, 0, &where);
	if (!CHECK(all != NULL))
		return (check_done());
	CHECK_UINT(json_array_size(all), 48);
	for (i = 0; i < json_array_size(all); i++)
		run(json_array_get(all, i));
	json_decref(all);
	TEST(test_marks);
	return (check_done());
}

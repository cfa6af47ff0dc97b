/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs_info.h"

#include <string.h>

#include "gcs_request.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"
#include "store.h"

#define API "/storage/v1"

/*
 * 64-bit numbers are strings in Google's JSON, but some servers send numbers.
 */
static int
parse_u64_member(const json_t *o, const char *key, uint64_t *v)
{
	const json_t *m = json_object_get(o, key);

	if (json_is_integer(m) && json_integer_value(m) >= 0) {
		*v = (uint64_t)json_integer_value(m);
		return (0);
	}
	if (!json_is_string(m))
		return (-1);
	return (number_read(json_string_value(m), 0, INT64_MAX, v));
}

/* base64 of 4 bytes, big-endian; an object may have none. */
static int
parse_crc32c_member(const json_t *o, uint32_t *v)
{
	const char *text = json_string_value(json_object_get(o, "crc32c"));
	struct buf b;
	int rc = -1;

	*v = 0;
	if (text == NULL)
		return (0);
	buf_init(&b, 16);
	if (base64_decode(&b, text, strlen(text)) == 0 && b.len == 4) {
		*v = (uint32_t)b.data[0] << 24 | (uint32_t)b.data[1] << 16 |
		    (uint32_t)b.data[2] << 8 | b.data[3];
		rc = 0;
	}
	buf_free(&b);
	return (rc);
}

/* RFC 3339 to microseconds; an invalid time is 0, as it is only a sort key. */
static int64_t
parse_rfc3339(const char *text)
{
	struct dates_fields f;
	int64_t us;

	if (text == NULL || dates_parse(text, strlen(text), NULL, &f) == -1 ||
	    dates_micros(&f, &us) == -1)
		return (0);
	return (us);
}

int
gcs_info_from(const json_t *o, struct store_info *info, struct err *e)
{

	memset(info, 0, sizeof(*info));
	if (parse_u64_member(o, "generation", &info->generation) == -1 ||
	    parse_u64_member(o, "size", &info->size) == -1 ||
	    parse_crc32c_member(o, &info->crc32c) == -1)
		return (err_set(e, ERR_TEMP, "an answer without generation, "
		    "size or CRC32C of the object"));
	info->updated = parse_rfc3339(json_string_value(json_object_get(o,
	    "updated")));
	return (0);
}

int
gcs_info_parse(const struct buf *body, struct store_info *info, struct err *e)
{
	json_t *root = NULL;
	int rc;

	if (body->len > 0)
		root = jload_bytes(body->data, body->len, 0, NULL, e);
	if (root == NULL)
		return (err_set(e, ERR_TEMP, "the answer is not valid JSON"));
	rc = gcs_info_from(root, info, e);
	json_decref(root);
	return (rc);
}

int
gcs_info_get(const struct gcs_request_peer *p, const char *name,
    struct store_info *info, struct err *e)
{
	const struct http_response *a;
	struct gcs_request r;
	int rc = -1;

	gcs_request_init(&r, p, "GET", API, name);
	a = gcs_request_send(&r, p, e);
	if (a != NULL && a->status == 404)
		rc = 0;
	else if (a != NULL && a->status != 200)
		rc = gcs_request_failed(a, e);
	else if (a != NULL)
		rc = gcs_info_parse(&a->body, info, e) == -1 ? -1 : 1;
	gcs_request_fini(&r, p);
	return (rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/hex.h"
#include "lib/base/number.h"
#include "lib/json/scan.h"

static int
refuse_member(const char *key, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_document", "member \"%s\" is "
	    "missing or bad", key));
}

int
fields_u64(const struct scan *s, uint32_t t, const char *key, uint64_t *v,
    struct err *e)
{
	uint32_t m = scan_member(s, t, key, strlen(key));

	if (m == SCAN_NOT_FOUND || s->tok[m].kind != SCAN_NUMBER ||
	    number_u64(scan_ptr(s, m), scan_len(s, m), INT64_MAX, v) == -1)
		return (refuse_member(key, e));
	return (0);
}

int
fields_i64(const struct scan *s, uint32_t t, const char *key, int64_t *v,
    struct err *e)
{
	uint64_t u;

	if (fields_u64(s, t, key, &u, e) == -1)
		return (-1);
	*v = (int64_t)u;
	return (0);
}

int
fields_crc(const struct scan *s, uint32_t t, const char *key, uint32_t *v,
    struct err *e)
{
	uint8_t crc[4];
	char hex[9];

	if (fields_text(s, t, key, hex, sizeof(hex), e) == -1)
		return (-1);
	if (strlen(hex) != 8 || hex_read(hex, crc, sizeof(crc)) == -1)
		return (refuse_member(key, e));
	*v = (uint32_t)crc[0] << 24 | (uint32_t)crc[1] << 16 |
	    (uint32_t)crc[2] << 8 | crc[3];
	return (0);
}

int
fields_text(const struct scan *s, uint32_t t, const char *key, char *out,
    size_t size, struct err *e)
{
	uint32_t m = scan_member(s, t, key, strlen(key));
	struct buf b;
	int rc = 0;

	out[0] = '\0';
	if (m == SCAN_NOT_FOUND || s->tok[m].kind == SCAN_NULL)
		return (0);
	if (s->tok[m].kind != SCAN_STRING)
		return (refuse_member(key, e));
	buf_init(&b, size - 1);
	if (buf_reserve(&b, size - 1) == -1) {
		rc = err_nomem(e);
	} else if (scan_string(s, m, &b) == -1 ||
	    (b.len > 0 && memchr(b.data, '\0', b.len) != NULL)) {
		rc = refuse_member(key, e);
	} else {
		if (b.len > 0)
			memcpy(out, b.data, b.len);
		out[b.len] = '\0';
	}
	buf_free(&b);
	return (rc);
}

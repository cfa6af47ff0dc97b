/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/gzip.h"

#define MAX_LAYERS 2 /* of what was packed, and packed again by a server */

/* No JSON begins so. */
static bool
is_gzip(const struct buf *body)
{

	return (body->len > 2 && memcmp(body->data, "\x1f\x8b", 2) == 0);
}

/* Append to ${out} what the gzip in ${body} unpacks to. */
static int
inflate_body(const struct buf *body, size_t max, struct buf *out,
    struct err *e)
{
	struct gzip_reader *r = gzip_reader_new(e);
	size_t at = 0, used, before;
	int rc = r == NULL ? -1 : 0;

	do {
		before = out->len;
		used = 0;
		/* One byte more than allowed shows that it is too large. */
		if (rc == 0)
			rc = gzip_read(r, body->data + at, body->len - at,
			    &used, out, max + 1 - before, e);
		at += used;
		if (rc == 0 && out->len > max)
			rc = err_set_code(e, ERR_DATA, "body_too_large",
			    "unpacks to more than is allowed (--max-page)");
	} while (rc == 0 && (at < body->len || out->len > before));
	if (rc == 0)
		rc = gzip_read_end(r, e);
	gzip_reader_free(r);
	return (rc);
}

int
unpack_body(struct buf *body, uint64_t max, struct err *e)
{
	struct buf out;
	int layer;

	for (layer = 0; layer < MAX_LAYERS && is_gzip(body); layer++) {
		buf_init(&out, (size_t)max + 1);
		if (inflate_body(body, (size_t)max, &out, e) == -1) {
			buf_free(&out);
			return (-1);
		}
		buf_free(body);
		*body = out;
	}
	return (0);
}

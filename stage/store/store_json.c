/* SPDX-License-Identifier: Apache-2.0 */
#include "store_json.h"

#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "store.h"

int
store_json_put(struct store *s, const char *name, const struct buf *text,
    struct err *e)
{
	struct store_body body = { .type = "application/json" };
	struct store_info info;

	if (text->failed)
		return (err_nomem(e));
	body.data = text->data;
	body.size = text->len;
	body.crc32c = crc32c_update(0, text->data, text->len);
	return (store_create(s, name, &body, &info, e));
}

int
store_json_get(struct store *s, const char *name, struct buf *text,
    store_json_parse *parse, void *arg, struct err *e)
{
	struct scan scan;
	int rc;

	scan_init(&scan);
	if ((rc = store_slurp(s, name, text, e)) == 1 &&
	    (scan_text(&scan, text->data, text->len, e) == -1 ||
	    parse(arg, &scan, e) == -1))
		rc = err_prefix(e, "%s%s", store_uri(s), name);
	scan_free(&scan);
	return (rc);
}

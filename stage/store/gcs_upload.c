/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs_upload.h"

#include <string.h>
#include <sys/random.h>

#include "gcs_request.h"
#include "gcs_resume.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/hex.h"
#include "lib/http/http.h"
#include "store.h"

#define API     "/upload/storage/v1"
#define AT_ONCE ((size_t)8 << 20) /* the largest object sent in one request */

/* A random boundary line that is practically certain not to be in the data. */
static int
make_boundary(char out[48], struct err *e)
{
	uint8_t random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return (err_errno(e, ERR_IO, "getrandom"));
	memcpy(out, "nf-stage-", 9);
	hex_write(random, sizeof(random), out + 9);
	return (0);
}

/* Write the body of a multipart/related request (RFC 2387). */
static int
write_multipart(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, const char *boundary, struct buf *out,
    struct err *e)
{

	buf_printf(out, "--%s\r\nContent-Type: application/json; "
	    "charset=UTF-8\r\n\r\n", boundary);
	gcs_resume_describe(p, name, body, out);
	buf_printf(out, "\r\n--%s\r\nContent-Type: %s\r\n\r\n", boundary,
	    body->type);
	if (buf_reserve(out, (size_t)body->size + 64) == -1)
		return (err_nomem(e));
	if (store_body_read(body, 0, out->data + out->len,
	    (size_t)body->size, e) == -1)
		return (-1);
	out->len += (size_t)body->size;
	buf_printf(out, "\r\n--%s--\r\n", boundary);
	return (out->failed ? err_nomem(e) : 0);
}

/* Send the entire object in one request. */
static int
create_at_once(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{
	char boundary[48];
	const struct http_response *a;
	struct gcs_request r;
	struct buf text, type;
	int rc = -1;

	gcs_request_init(&r, p, "POST", API, NULL);
	gcs_request_param(&r, "uploadType", "multipart");
	gcs_request_param(&r, "ifGenerationMatch", "0");
	gcs_request_param(&r, "kmsKeyName", p->conf->kms_key);
	buf_init(&text, AT_ONCE + ((size_t)64 << 10));
	buf_init(&type, 256);
	if (make_boundary(boundary, e) == -1 ||
	    write_multipart(p, name, body, boundary, &text, e) == -1)
		goto done;
	buf_printf(&type, "Content-Type: multipart/related; boundary=%s",
	    boundary);
	r.header[0] = buf_cstr(&type);
	r.body = text.data;
	r.body_len = text.len;
	if ((a = gcs_request_send(&r, p, e)) != NULL)
		rc = a->status == 412 ? 0 : gcs_resume_done(a, body, info, e);

done:
	gcs_request_fini(&r, p);
	buf_free(&text);
	buf_free(&type);
	return (rc);
}

int
gcs_upload_create(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{

	if (body->size <= AT_ONCE)
		return (create_at_once(p, name, body, info, e));
	return (gcs_resume_create(p, name, body, info, e));
}

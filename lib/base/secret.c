/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "err.h"
#include "io.h"

#define MAX_READ (4U << 20) /* room for io_slurp to read into */

const char *
secret_check(const char *ref)
{

	if (strncmp(ref, "env:", 4) == 0 && ref[4] != '\0')
		return (NULL);
	if (strncmp(ref, "file:", 5) == 0 && ref[5] != '\0')
		return (NULL);
	return ("a secret is named, as env:NAME or file:PATH, not written "
	    "here");
}

/* The content of a file, by way of a buffer large enough for io_slurp. */
static int
read_secret_file(const char *path, struct buf *out, struct err *e)
{
	struct buf b;
	int rc;

	buf_init_secret(&b, MAX_READ);
	rc = io_slurp(path, SECRET_MAX / 2, &b, e);
	if (rc == 0 && buf_append(out, b.data, b.len))
		rc = err_nomem(e);
	buf_free(&b);
	return (rc);
}

int
secret_read(const char *ref, struct buf *out, struct err *e)
{
	const char *v;
	size_t i;

	buf_reset(out);
	if (strncmp(ref, "env:", 4) == 0) {
		v = getenv(ref + 4);
		if (v == NULL)
			return (err_set(e, ERR_CONFIG, "secret %s: not set",
			    ref));
		if (buf_puts(out, v) == -1)
			return (!out->over ? err_nomem(e) : err_set(e,
			    ERR_CONFIG, "secret %s: too long", ref));
	} else if (read_secret_file(ref + 5, out, e) == -1) {
		return (err_prefix(e, "secret %s", ref));
	}
	while (out->len > 0 && (out->data[out->len - 1] == '\n' ||
	    out->data[out->len - 1] == '\r'))
		out->len--;
	if (out->len == 0)
		return (err_set(e, ERR_CONFIG, "secret %s: empty", ref));
	for (i = 0; i < out->len; i++)
		if (out->data[i] < 0x20 || out->data[i] == 0x7f)
			return (err_set(e, ERR_CONFIG, "secret %s: has control "
			    "characters", ref));
	return (0);
}

bool
secret_name(const char *name)
{
	static const char *const parts[] = { "authorization", "cookie",
		"token", "password", "passwd", "api-key", "apikey",
		"api_key", "access_key", "access-key", "subscription-key",
		"signature", "credential", "senha", NULL };
	const char *const *p, *s = name;

	for (p = parts; *p != NULL; p++)
		if (strcasestr(name, *p) != NULL)
			return (true);
	/* But "secretaria" is Portuguese for an office. */
	for (; (s = strcasestr(s, "secret")) != NULL; s++)
		if (strncasecmp(s, "secretar", 8) != 0)
			return (true);
	return (strcasecmp(name, "key") == 0 || strcasecmp(name, "sig") == 0);
}

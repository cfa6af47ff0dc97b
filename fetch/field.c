/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"

#define MAX_POINTER 256

/* Append the value of token ${t}; false if it may not be in a request. */
static bool
append_field(const struct scan *s, uint32_t t, struct buf *out)
{

	switch (s->tok[t].kind) {
	case SCAN_STRING:
		(void)scan_string(s, t, out);
		return (true);
	case SCAN_NUMBER:
	case SCAN_TRUE:
	case SCAN_FALSE:
		buf_append(out, scan_ptr(s, t), scan_len(s, t));
		return (true);
	default:
		return (false);
	}
}

static int
check_field(const uint8_t *p, size_t n, const char *pointer, struct err *e)
{
	size_t i;

	if (n == 0)
		return (err_set_code(e, ERR_DATA, "no_field", "{%s}: an empty "
		    "text", pointer));
	for (i = 0; i < n && p[i] >= 0x20 && p[i] != 0x7f; i++)
		;
	if (i < n || (n <= 2 && memcmp(p, "..", n) == 0))
		return (err_set_code(e, ERR_DATA, "bad_field", "{%s}: %s",
		    pointer, i < n ? "a control character in it" : "it is "
		    "\".\" or \"..\""));
	return (0);
}

int
field_text(const struct scan *record, const char *pointer, size_t n,
    struct buf *out, struct err *e)
{
	uint32_t t = SCAN_NOT_FOUND;
	char text[MAX_POINTER];
	size_t before = out->len;
	struct ptr *ptr;

	if (n >= sizeof(text))
		return (err_set(e, ERR_CONFIG, "{/...}: too long a pointer"));
	memcpy(text, pointer, n);
	text[n] = '\0';
	ptr = ptr_parse(text, e);
	if (ptr == NULL)
		return (-1);
	if (record != NULL)
		t = ptr_find(ptr, record, 0);
	ptr_free(ptr);
	if (t == SCAN_NOT_FOUND || !append_field(record, t, out))
		return (err_set_code(e, ERR_DATA, "no_field", "{%s}: not a "
		    "text, number or boolean", text));
	if (out->failed)
		return (!out->over ? err_nomem(e) : err_set(e, ERR_DATA,
		    "{%s}: too long", text));
	return (check_field(out->data + before, out->len - before, text, e));
}

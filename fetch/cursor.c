/* SPDX-License-Identifier: Apache-2.0 */
#include "cursor.h"

#include <string.h>

#include "fetch/source/spec.h"
#include "fetch/source/window.h"
#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/json/jload.h"
#include "lib/json/jsonw.h"
#include "paginate.h"

/* AUTO and LINK walk alike, so their cursors do. */
static const char *
type_name(const struct paginate_spec *spec)
{

	return (spec_paginate_types[spec->type == PAGINATE_AUTO ? PAGINATE_LINK
	    :
	    spec->type]);
}

/* Append count ${v}, if it is known. */
static void
write_count(struct buf *out, const char *name, uint64_t v)
{

	if (v != PAGINATE_UNKNOWN)
		jsonw_u64(out, name, v);
}

void
cursor_write(const struct paginate_spec *spec, const struct paginate_pos *p,
    const struct paginate_past *past, struct buf *out)
{
	char day[WINDOW_TEXT];

	buf_putc(out, '{');
	jsonw_str(out, "type", type_name(spec));
	if (p->windows && window_text(NULL, p->window, day) == 0)
		jsonw_str(out, "window", day);
	if (p->text.len > 0) {
		jsonw_member(out, "text");
		jsonw_string(out, p->text.data, p->text.len);
	} else if (!p->first) {
		jsonw_u64(out, "number", p->number);
	}
	jsonw_u64(out, "records", past->records);
	jsonw_u64(out, "pages", past->pages);
	if (p->windows && !p->first)
		write_count(out, "walked", past->walked);
	write_count(out, "total", past->total);
	write_count(out, "total_pages", past->total_pages);
	write_count(out, "total_records", past->total_records);
	buf_putc(out, '}');
}

bool
cursor_lasts(const struct paginate_pos *p)
{

	return (p->text.len == 0 ||
	    (memchr(p->text.data, '\0', p->text.len) == NULL &&
	    utf8_valid(p->text.data, p->text.len)));
}

static int
reject_cursor(struct err *e, const char *why)
{

	return (err_set_code(e, ERR_CONFIG, "bad_cursor", "--resume: %s",
	    why));
}

/* The count ${name} of ${doc}, or ${none}. */
static uint64_t
read_count(const json_t *doc, const char *name, uint64_t none)
{
	json_int_t n = json_integer_value(json_object_get(doc, name));

	if (json_object_get(doc, name) == NULL)
		return (none);
	return (n < 0 ? PAGINATE_UNKNOWN : (uint64_t)n);
}

int
cursor_read(const struct paginate_spec *spec, const char *text,
    struct paginate_pos *p, struct paginate_past *past, struct err *e)
{
	json_t *doc = jload_bytes(text, strlen(text), JSON_REJECT_DUPLICATES,
	    NULL, e);
	const char *type, *s, *day;
	json_int_t n, count;
	int rc = 0;

	type = json_string_value(json_object_get(doc, "type"));
	s = json_string_value(json_object_get(doc, "text"));
	day = json_string_value(json_object_get(doc, "window"));
	n = json_integer_value(json_object_get(doc, "number"));
	count = json_integer_value(json_object_get(doc, "records"));
	if (doc == NULL && e->class != ERR_NONE)
		rc = -1;
	else if (type == NULL || n < 0 || count < 0)
		rc = reject_cursor(e, "not a cursor of nf-fetch");
	else if (strcmp(type, type_name(spec)) != 0)
		rc = reject_cursor(e, "a cursor of another kind of pagination");
	else if ((day != NULL) != p->windows ||
	    (day != NULL && calendar_read(day, &p->window) == -1))
		rc = reject_cursor(e, "a cursor of other date windows");
	else if (s != NULL && buf_puts(&p->text, s) == -1)
		rc = reject_cursor(e, "the cursor is too long");
	if (rc == 0) {
		p->first = s == NULL &&
		    json_object_get(doc, "number") == NULL;
		if (!p->first)
			p->number = (uint64_t)n;
		past->records = (uint64_t)count;
		past->pages = read_count(doc, "pages", 0);
		past->walked = p->first ? 0 : read_count(doc, "walked",
		    p->windows ? PAGINATE_UNKNOWN : past->records);
		past->total = read_count(doc, "total", PAGINATE_UNKNOWN);
		past->total_pages = read_count(doc, "total_pages",
		    PAGINATE_UNKNOWN);
		past->total_records = read_count(doc, "total_records",
		    PAGINATE_UNKNOWN);
	}
	json_decref(doc);
	return (rc);
}

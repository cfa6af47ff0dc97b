/* SPDX-License-Identifier: Apache-2.0 */
#include "draft.h"

#include <string.h>

#include "exact.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/json/ptr.h"

#define MAX_VALUE (8U << 20)

void
draft_set(struct draft *d, json_t *obj, const char *key, size_t len, json_t *v)
{

	if (json_object_setn_new(obj, key, len, v) == -1)
		d->failed = true;
}

json_t *
draft_make_text(struct draft *d, const char *v)
{

	d->not_utf8 = d->not_utf8 || !utf8_valid(v, strlen(v));
	return (json_string(v));
}

void
draft_set_text(struct draft *d, json_t *obj, const char *key, const char *v)
{

	draft_set(d, obj, key, strlen(key), draft_make_text(d, v));
}

json_t *
draft_object(struct draft *d, const char *key, size_t len)
{
	json_t *obj = json_object_getn(d->doc, key, len);

	if (!json_is_object(obj)) {
		draft_set(d, d->doc, key, len, json_object());
		obj = json_object_getn(d->doc, key, len);
	}
	return (obj);
}

json_t *
draft_parent(struct draft *d, const char *pointer, const char **key)
{
	const char *slash = strchr(pointer + 1, '/');

	*key = slash == NULL ? pointer + 1 : slash + 1;
	return (slash == NULL ? d->doc :
	    draft_object(d, pointer + 1, (size_t)(slash - pointer) - 1));
}

/* The value of a --set: JSON, or else a text. */
static json_t *
make_any(struct draft *d, const char *text, struct err *e)
{
	json_error_t why;
	struct buf b;
	json_t *v = NULL;

	buf_init(&b, MAX_VALUE);
	if (buf_puts(&b, text) == 0 && b.len > 0)
		v = exact_load(&b, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
		    &why, e);
	buf_free(&b);
	return (v != NULL ? v : draft_make_text(d, text));
}

/* The step of a pointer at ${p}, unescaped; return its end. */
static const char *
read_step(const char *p, const char *end, struct buf *step)
{

	buf_reset(step);
	for (; p < end && *p != '/'; p++)
		if (*p == '~' && p + 1 < end && (p[1] == '0' || p[1] == '1'))
			buf_putc(step, *++p == '0' ? '~' : '/');
		else
			buf_putc(step, *p);
	buf_cstr(step); /* an empty array has a place, too */
	return (p);
}

/* The value at that step of ${at}, borrowed; NULL: absent. */
static json_t *
find_at_step(const json_t *at, const struct buf *step)
{
	const char *name = (const char *)step->data;

	if (json_is_array(at))
		return (json_array_get(at, ptr_index(name, step->len)));
	return (json_object_getn(at, name, step->len));
}

/* Store ${v} there, and take ownership of it. */
static int
put_at_step(struct draft *d, json_t *at, const struct buf *step, json_t *v,
    struct err *e)
{
	const char *name = (const char *)step->data;
	size_t n = json_array_size(at), i = ptr_index(name, step->len);

	d->not_utf8 = d->not_utf8 || !utf8_valid(name, step->len);
	if (!json_is_array(at)) {
		draft_set(d, at, name, step->len, v);
	} else if (step->len == 1 && name[0] == '-') {
		if (json_array_append_new(at, v) == -1)
			d->failed = true;
	} else if (i < n) {
		if (json_array_set_new(at, i, v) == -1)
			d->failed = true;
	} else {
		json_decref(v);
		return (err_set(e, ERR_USAGE, "--set: no such item: the array "
		    "has %zu, and \"-\" is one more", n));
	}
	return (0);
}

/*
 * Create an array or object for the value below ${have}, which is neither;
 * NULL: no memory.  A single value becomes the first item of an array.
 */
static json_t *
make_parent(json_t *have, bool array)
{
	json_t *v = array ? json_array() : json_object();

	if (array && have != NULL && json_array_append(v, have) == -1) {
		json_decref(v);
		return (NULL);
	}
	return (v);
}

/*
 * Set the value at the pointer from ${p} to ${end}; ${fill}: only if it is
 * missing.  ${step} is a buffer for its steps.
 */
static int
set_at(struct draft *d, const char *p, const char *end, bool fill,
    const char *value, struct buf *step, struct err *e)
{
	json_t *at = d->doc, *inner;

	while ((p = read_step(p, end, step)) < end) {
		inner = find_at_step(at, step);
		if (!json_is_object(inner) && !json_is_array(inner)) {
			inner = make_parent(inner, end - p == 2 && p[1] == '-');
			if (put_at_step(d, at, step, inner, e) == -1)
				return (-1);
			if (d->failed) /* it is gone */
				return (err_nomem(e));
		}
		at = inner;
		p++;
	}
	if (fill && find_at_step(at, step) != NULL)
		return (0);
	inner = make_any(d, value, e);
	if (e->class == ERR_NONE)
		return (put_at_step(d, at, step, inner, e));
	json_decref(inner);
	return (-1);
}

int
draft_set_any(struct draft *d, const char *text, struct err *e)
{
	const char *eq = strchr(text, '='), *end;
	struct buf step;
	bool fill;
	int rc;

	fill = eq != NULL && eq > text && eq[-1] == '?';
	end = fill ? eq - 1 : eq;
	if (text[0] != '/' || eq == NULL || end <= text + 1)
		return (err_set(e, ERR_USAGE, "--set: not \"POINTER=VALUE\", "
		    "such as /paginate/stop=short"));
	buf_init(&step, MAX_VALUE);
	rc = set_at(d, text + 1, end, fill, eq + 1, &step, e);
	if (rc == 0 && step.failed)
		rc = err_nomem(e);
	buf_free(&step);
	return (rc);
}

size_t
draft_any_pointer(const char *text)
{
	size_t n = strcspn(text, "=");

	if (n > 0 && text[n - 1] == '?')
		n--;
	return (n > 2 && strncmp(text + n - 2, "/-", 2) == 0 ? n - 2 : n);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define MAX_PLACE 400

/* Append the JSON Pointer of ${n}. */
static void
place(const struct node *n, struct buf *b)
{
	const char *p;

	if (n->up == NULL)
		return;
	place(n->up, b);
	buf_putc(b, '/');
	if (n->key == NULL) {
		buf_u64(b, n->index);
		return;
	}
	for (p = n->key; *p != '\0'; p++) {
		if (*p == '~' || *p == '/')
			buf_puts(b, *p == '~' ? "~0" : "~1");
		else
			buf_putc(b, *p);
	}
}

int
node_error(const struct node *n, struct err *e, const char *fmt, ...)
{
	struct buf b;
	const char *where;
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, MAX_PLACE);
	place(n, &b);
	where = buf_cstr(&b);
	err_set_code(e, ERR_CONFIG, "bad_mapping", "%s: %s: %s", n->file,
	    where == NULL ? "..." : *where == '\0' ? "the mapping" : where,
	    text);
	buf_free(&b);
	return (-1);
}

int
node_wrong(const struct node *n, struct err *e, const char *expected)
{
	char *text = json_dumps(n->json, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *shown = text == NULL ? "the value" : text;
	int rc;

	rc = node_error(n, e, "%.60s%s: expected %s", shown,
	    strlen(shown) > 60 ? "..." : "", expected);
	free(text);
	return (rc);
}

bool
node_member(const struct node *n, const char *key, struct node *out)
{
	const json_t *j = json_object_get(n->json, key);

	if (j == NULL)
		return (false);
	*out = (struct node){ .json = j, .up = n, .key = key,
		.file = n->file };
	return (true);
}

void
node_item(const struct node *n, size_t i, struct node *out)
{

	*out = (struct node){ .json = json_array_get(n->json, i), .up = n,
		.index = i, .file = n->file };
}

size_t
node_size(const struct node *n)
{

	return (json_is_object(n->json) ? json_object_size(n->json) :
	    json_array_size(n->json));
}

bool
node_is_object(const struct node *n)
{

	return (json_is_object(n->json));
}

bool
node_is_array(const struct node *n)
{

	return (json_is_array(n->json));
}

bool
node_is_string(const struct node *n)
{

	return (json_is_string(n->json));
}

/* How many characters differ, roughly: for "did you mean". */
static size_t
distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), head = 0, tail = 0;

	while (a[head] != '\0' && a[head] == b[head])
		head++;
	while (tail < la - head && tail < lb - head &&
	    a[la - 1 - tail] == b[lb - 1 - tail])
		tail++;
	return ((la > lb ? la : lb) - head - tail);
}

static int
unknown(const struct node *n, const char *const *keys, struct err *e)
{
	const char *best = NULL, *const *k;
	char list[200] = "";
	size_t near = 4, d, at = 0;

	for (k = keys; *k != NULL; k++) {
		if ((d = distance(n->key, *k)) < near) {
			near = d;
			best = *k;
		}
		if (at < sizeof(list))
			at += (size_t)snprintf(list + at, sizeof(list) - at,
			    "%s%s", at > 0 ? ", " : "", *k);
	}
	if (best != NULL)
		return (node_error(n, e, "unknown member; did you mean \"%s\"?",
		    best));
	return (node_error(n, e, "unknown member; expected one of %s", list));
}

int
node_object(const struct node *n, const char *const *keys, struct err *e)
{
	const char *const *k;
	struct node m;
	void *iter = NULL;

	if (!json_is_object(n->json))
		return (node_wrong(n, e, "an object"));
	while (keys != NULL && node_each(n, &iter, &m)) {
		for (k = keys; *k != NULL && strcmp(*k, m.key) != 0; k++)
			;
		if (*k == NULL)
			return (unknown(&m, keys, e));
	}
	return (0);
}

int
node_string(const struct node *n, const char **s, struct err *e)
{

	if (!json_is_string(n->json))
		return (node_wrong(n, e, "a string"));
	*s = json_string_value(n->json);
	if (strlen(*s) != json_string_length(n->json))
		return (node_error(n, e, "a string with a NUL in it"));
	return (0);
}

int
node_bool(const struct node *n, bool *v, struct err *e)
{

	if (!json_is_boolean(n->json))
		return (node_wrong(n, e, "true or false"));
	*v = json_is_true(n->json);
	return (0);
}

int
node_number(const struct node *n, int64_t min, int64_t max, int64_t *v,
    struct err *e)
{
	char text[80];

	*v = json_integer_value(n->json);
	if (json_is_integer(n->json) && *v >= min && *v <= max)
		return (0);
	snprintf(text, sizeof(text), "a whole number from %lld to %lld",
	    (long long)min, (long long)max);
	return (node_wrong(n, e, text));
}

int
node_choice(const struct node *n, const char *const *names, int *v,
    struct err *e)
{
	char list[200] = "one of";
	size_t at = strlen(list);
	const char *s = json_string_value(n->json);

	for (*v = 0; names[*v] != NULL; (*v)++) {
		if (s != NULL && strcmp(s, names[*v]) == 0)
			return (0);
		if (at < sizeof(list))
			at += (size_t)snprintf(list + at, sizeof(list) - at,
			    "%s %s", *v > 0 ? "," : "", names[*v]);
	}
	return (node_wrong(n, e, list));
}

bool
node_each(const struct node *n, void **iter, struct node *out)
{
	/* jansson's iterators take no const; nothing is changed. */
	json_t *j = (json_t *)(uintptr_t)n->json;

	*iter = *iter == NULL ? json_object_iter(j) :
	    json_object_iter_next(j, *iter);
	if (*iter == NULL)
		return (false);
	*out = (struct node){ .json = json_object_iter_value(*iter), .up = n,
		.key = json_object_iter_key(*iter), .file = n->file };
	return (true);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jload.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/near.h"
#include "lib/base/number.h"
#include "ptr.h"

#define MAX_PLACE 400 /* bytes of a pointer in a message */
#define MAX_WHY   300
#define MAX_LIST  200 /* bytes of the list of valid words */
#define MAX_SHOWN 60  /* bytes of a value */

void
config_place(const struct config *c, struct buf *b)
{
	const char *p;

	if (c->up == NULL)
		return;
	config_place(c->up, b);
	buf_putc(b, '/');
	if (c->key == NULL) {
		buf_u64(b, c->index);
		return;
	}
	for (p = c->key; *p != '\0'; p++) {
		if (*p == '~' || *p == '/')
			buf_puts(b, *p == '~' ? "~0" : "~1");
		else
			buf_putc(b, (unsigned char)*p < 0x20 ? '?' : *p);
	}
}

static int __attribute__((format(printf, 3, 0)))
put_error(const struct config *c, struct err *e, const char *fmt, va_list ap)
{
	const struct config_file *f = c->file;
	const char *where;
	char why[MAX_WHY];
	struct buf b;

	vsnprintf(why, sizeof(why), fmt, ap);
	buf_init(&b, MAX_PLACE);
	config_place(c, &b);
	where = buf_cstr(&b);
	if (where == NULL)
		where = "...";
	if (*where == '\0' && f->what != NULL)
		where = f->what;
	err_set_code(e, ERR_CONFIG, f->code, "%s%s%s%s%s",
	    f->name != NULL ? f->name : "", f->name != NULL ? ": " : "",
	    where, *where != '\0' ? ": " : "", why);
	buf_free(&b);
	return (-1);
}

struct json_t *
config_parse(const struct config_file *file, const void *p, size_t n,
    struct err *e)
{
	json_error_t why;
	json_t *j;

	j = jload_bytes(p, n, JSON_REJECT_DUPLICATES, &why, e);
	if (j == NULL && e->class == ERR_NONE)
		err_set_code(e, ERR_CONFIG, file->code, "%s: line %d, column "
		    "%d: %s", file->name, why.line, why.column, why.text);
	return (j);
}

int
config_error(const struct config *c, struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_error(c, e, fmt, ap);
	va_end(ap);
	return (-1);
}

int
config_error_at(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...)
{
	const struct config m = { .up = c, .key = key, .file = c->file };
	va_list ap;

	va_start(ap, fmt);
	put_error(&m, e, fmt, ap);
	va_end(ap);
	return (-1);
}

int
config_wrong(const struct config *c, struct err *e, const char *expected)
{
	const char *shown;
	char *text;

	if (!c->file->shows)
		return (config_error(c, e, "not %s", expected));
	text = json_dumps(c->json, JSON_ENCODE_ANY | JSON_COMPACT);
	shown = text == NULL ? "the value" : text;
	config_error(c, e, "%.*s%s: expected %s", MAX_SHOWN, shown,
	    strlen(shown) > MAX_SHOWN ? "..." : "", expected);
	free(text);
	return (-1);
}

bool
config_member(const struct config *c, const char *key, struct config *out)
{
	const json_t *j = json_object_get(c->json, key);

	assert(out != c); /* it would be its own parent */
	if (j == NULL)
		return (false);
	*out = (struct config){ .json = j, .up = c, .key = key,
		.file = c->file };
	return (true);
}

void
config_item(const struct config *c, size_t i, struct config *out)
{

	assert(out != c);
	*out = (struct config){ .json = json_array_get(c->json, i), .up = c,
		.index = i, .file = c->file };
}

bool
config_each(const struct config *c, void **iter, struct config *out)
{
	/* jansson's iterators are not const, but nothing is changed. */
	json_t *j = (json_t *)(uintptr_t)c->json;

	assert(out != c);
	*iter = *iter == NULL ? json_object_iter(j) :
	    json_object_iter_next(j, *iter);
	if (*iter == NULL)
		return (false);
	*out = (struct config){ .json = json_object_iter_value(*iter),
		.up = c, .key = json_object_iter_key(*iter),
		.file = c->file };
	return (true);
}

size_t
config_size(const struct config *c)
{

	return (json_is_object(c->json) ? json_object_size(c->json) :
	    json_array_size(c->json));
}

bool
config_is_object(const struct config *c)
{

	return (json_is_object(c->json));
}

bool
config_is_array(const struct config *c)
{

	return (json_is_array(c->json));
}

bool
config_is_string(const struct config *c)
{

	return (json_is_string(c->json));
}

/* Append ${words} to ${list}, separated by commas. */
static void
list_words(char list[MAX_LIST], const char *const *words)
{
	size_t at = strlen(list);
	int i;

	for (i = 0; words[i] != NULL && at < MAX_LIST; i++)
		at += (size_t)snprintf(list + at, MAX_LIST - at, "%s%s",
		    i > 0 ? ", " : "", words[i]);
}

static int
check_key(const struct config *c, const char *const *keys, struct err *e)
{
	char list[MAX_LIST] = "";
	const char *best;
	size_t n;

	for (n = 0; keys[n] != NULL; n++)
		if (strcmp(c->key, keys[n]) == 0)
			return (0);
	if ((best = near_word(c->key, keys, n)) != NULL)
		return (config_error(c, e, "unknown member; did you mean "
		    "\"%s\"?", best));
	list_words(list, keys);
	return (config_error(c, e, "unknown member; expected one of %s",
	    list));
}

int
config_object(const struct config *c, const char *const *keys, struct err *e)
{
	struct config m;
	void *iter = NULL;

	if (!json_is_object(c->json))
		return (config_wrong(c, e, "an object"));
	while (keys != NULL && config_each(c, &iter, &m))
		if (check_key(&m, keys, e) == -1)
			return (-1);
	return (0);
}

int
config_string(const struct config *c, const char **s, struct err *e)
{

	if (!json_is_string(c->json))
		return (config_wrong(c, e, "a string"));
	*s = json_string_value(c->json);
	return (0);
}

int
config_bool(const struct config *c, bool *v, struct err *e)
{

	if (!json_is_boolean(c->json))
		return (config_wrong(c, e, "true or false"));
	*v = json_is_true(c->json);
	return (0);
}

int
config_number(const struct config *c, int64_t min, int64_t max, int64_t *v,
    struct err *e)
{
	int64_t n = json_integer_value(c->json);
	char text[80];

	if (json_is_integer(c->json) && n >= min && n <= max) {
		*v = n;
		return (0);
	}
	snprintf(text, sizeof(text), "a whole number from %" PRId64 " to %"
	    PRId64, min, max);
	return (config_wrong(c, e, text));
}

int
config_choice(const struct config *c, const char *const *names, int *v,
    struct err *e)
{
	const char *s = json_string_value(c->json);
	char list[MAX_LIST] = "one of ";
	int i;

	for (i = 0; s != NULL && names[i] != NULL; i++)
		if (strcmp(s, names[i]) == 0) {
			*v = i;
			return (0);
		}
	list_words(list, names);
	return (config_wrong(c, e, list));
}

int
config_get_string(const struct config *c, const char *key, const char **v,
    struct err *e)
{
	struct config m;
	const char *s = NULL, *p;

	if (!config_member(c, key, &m))
		return (0);
	if (config_string(&m, &s, e) == -1)
		return (-1);
	for (p = s; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return (config_error(&m, e, "has control characters"));
	*v = s;
	return (1);
}

int
config_get_bool(const struct config *c, const char *key, bool *v,
    struct err *e)
{
	struct config m;

	if (!config_member(c, key, &m))
		return (0);
	return (config_bool(&m, v, e) == -1 ? -1 : 1);
}

int
config_get_number(const struct config *c, const char *key, uint64_t min,
    uint64_t max, uint64_t *v, struct err *e)
{
	struct config m;
	int64_t n;

	assert(max <= INT64_MAX);
	if (!config_member(c, key, &m))
		return (0);
	if (config_number(&m, (int64_t)min, (int64_t)max, &n, e) == -1)
		return (-1);
	*v = (uint64_t)n;
	return (1);
}

int
config_get_choice(const struct config *c, const char *key,
    const char *const *names, int *v, struct err *e)
{
	struct config m;

	if (!config_member(c, key, &m))
		return (0);
	return (config_choice(&m, names, v, e) == -1 ? -1 : 1);
}

int
config_get_duration(const struct config *c, const char *key, uint64_t *v,
    struct err *e)
{
	const char *s = NULL;
	int rc;

	if ((rc = config_get_string(c, key, &s, e)) != 1)
		return (rc);
	if (number_scaled(s, NUMBER_MS, 0, INT32_MAX, v) == -1)
		return (config_error_at(c, key, e, "not a duration such as "
		    "\"30s\" or \"5m\""));
	return (1);
}

int
config_get_ptr(const struct config *c, const char *key, struct ptr **v,
    struct err *e)
{
	struct err why = { 0 };
	const char *s = NULL;
	int rc;

	if ((rc = config_get_string(c, key, &s, e)) != 1)
		return (rc);
	ptr_free(*v);
	if ((*v = ptr_parse(s, &why)) == NULL)
		return (config_error_at(c, key, e, "%s", why.msg));
	return (1);
}

int
config_get_object(const struct config *c, const char *key,
    const char *const *keys, struct config *out, struct err *e)
{

	if (!config_member(c, key, out))
		return (0);
	return (config_object(out, keys, e) == -1 ? -1 : 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/near.h"
#include "lib/base/number.h"
#include "lib/json/ptr.h"

#define MAX_WORDS 1024

/* The pointer of member ${key} of ${c}; RFC 6901 escapes. */
static void
point(const struct config *c, const char *key, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s", c->path);
	const char *p;

	if (key == NULL || n + 2 >= size)
		return;
	out[n++] = '/';
	for (p = key; *p != '\0' && n + 3 < size; p++) {
		if (*p == '~' || *p == '/') {
			out[n++] = '~';
			out[n++] = *p == '~' ? '0' : '1';
		} else {
			out[n++] = (unsigned char)*p < 0x20 ? '?' : *p;
		}
	}
	out[n] = '\0';
}

int
config_wrong(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...)
{
	char where[CONFIG_MAX_PATH], why[256];
	va_list ap;

	point(c, key, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return (err_set_code(e, ERR_CONFIG, "bad_source", "%s%s%s", where,
	    where[0] == '\0' ? "" : ": ", why));
}

int
config_known(const struct config *c, const char *const *keys, struct err *e)
{
	const char *best, *key;
	size_t i, n = 0;
	json_t *v;

	while (keys[n] != NULL)
		n++;
	json_object_foreach((json_t *)(uintptr_t)c->obj, key, v) {
		for (i = 0; i < n && strcmp(key, keys[i]) != 0; i++)
			;
		if (i < n)
			continue;
		if ((best = near_word(key, keys, n)) != NULL)
			return (config_wrong(c, key, e, "unknown member "
			    "(\"%s\"?)", best));
		return (config_wrong(c, key, e, "unknown member"));
	}
	return (0);
}

int
config_object(const struct config *c, const char *key, struct config *sub,
    struct err *e)
{
	const json_t *v = json_object_get(c->obj, key);

	if (v == NULL)
		return (0);
	if (!json_is_object(v))
		return (config_wrong(c, key, e, "not an object"));
	sub->obj = v;
	point(c, key, sub->path, sizeof(sub->path));
	return (1);
}

int
config_string(const struct config *c, const char *key, const char **v,
    struct err *e)
{
	const json_t *j = json_object_get(c->obj, key);
	const char *p;

	if (j == NULL)
		return (0);
	if (!json_is_string(j))
		return (config_wrong(c, key, e, "not a string"));
	for (p = json_string_value(j); *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return (config_wrong(c, key, e,
			    "has control characters"));
	*v = json_string_value(j);
	return (1);
}

int
config_bool(const struct config *c, const char *key, bool *v, struct err *e)
{
	const json_t *j = json_object_get(c->obj, key);

	if (j == NULL)
		return (0);
	if (!json_is_boolean(j))
		return (config_wrong(c, key, e, "not true or false"));
	*v = json_is_true(j);
	return (1);
}

int
config_number(const struct config *c, const char *key, uint64_t min,
    uint64_t max, uint64_t *v, struct err *e)
{
	const json_t *j = json_object_get(c->obj, key);
	json_int_t n;

	if (j == NULL)
		return (0);
	n = json_is_integer(j) ? json_integer_value(j) : -1;
	if (n < 0 || (uint64_t)n < min || (uint64_t)n > max)
		return (config_wrong(c, key, e, "not a whole number from %"
		    PRIu64 " to %" PRIu64, min, max));
	*v = (uint64_t)n;
	return (1);
}

int
config_duration(const struct config *c, const char *key, uint64_t *v,
    struct err *e)
{
	const char *s = NULL;
	int rc;

	rc = config_string(c, key, &s, e);
	if (rc <= 0 || s == NULL)
		return (rc);
	if (number_scaled(s, NUMBER_MS, 0, INT32_MAX, v) == -1)
		return (config_wrong(c, key, e, "not a duration such as "
		    "\"30s\" or \"5m\""));
	return (1);
}

int
config_word(const struct config *c, const char *key, const char *const *words,
    int *v, struct err *e)
{
	struct buf b;
	const char *s = NULL;
	int rc, i;

	rc = config_string(c, key, &s, e);
	if (rc <= 0 || s == NULL)
		return (rc);
	buf_init(&b, MAX_WORDS);
	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(s, words[i]) == 0) {
			*v = i;
			buf_free(&b);
			return (1);
		}
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	s = buf_cstr(&b);
	config_wrong(c, key, e, "not one of: %s", s != NULL ? s : "");
	buf_free(&b);
	return (-1);
}

int
config_ptr(const struct config *c, const char *key, struct ptr **v,
    struct err *e)
{
	struct err why = { 0 };
	const char *s = NULL;
	int rc;

	rc = config_string(c, key, &s, e);
	if (rc <= 0 || s == NULL)
		return (rc);
	ptr_free(*v);
	*v = ptr_parse(s, &why);
	if (*v == NULL)
		return (config_wrong(c, key, e, "%s", why.msg));
	return (1);
}

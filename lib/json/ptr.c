/* SPDX-License-Identifier: Apache-2.0 */
#include "ptr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "scan.h"

#define MAX_TEXT 65536U

/* One reference token: a key, and its value if it looks like an index. */
struct step {
	char *key;
	size_t len;
	uint32_t index; /* PTR_NO_INDEX if it is not an array index */
};

struct ptr {
	char *text;
	struct step *step;
	size_t n;
};

uint32_t
ptr_index(const char *p, size_t n)
{
	uint64_t v;

	if (n > 9 || (n > 1 && p[0] == '0') ||
	    number_u64(p, n, UINT32_MAX, &v) == -1)
		return (PTR_NO_INDEX);
	return ((uint32_t)v);
}

/* Copy ${n} characters with ~0 and ~1 resolved; NULL if malformed. */
static int
parse_step(struct step *s, const char *p, size_t n, const char *text,
    struct err *e)
{
	size_t i;

	if ((s->key = malloc(n + 1)) == NULL)
		return (err_nomem(e));
	s->len = 0;
	for (i = 0; i < n; i++) {
		if (p[i] != '~') {
			s->key[s->len++] = p[i];
			continue;
		}
		if (++i == n || (p[i] != '0' && p[i] != '1'))
			return (err_set(e, ERR_CONFIG,
			    "JSON Pointer \"%.200s\": '~' must be followed by "
			    "0 or 1", text));
		s->key[s->len++] = p[i] == '0' ? '~' : '/';
	}
	s->index = ptr_index(s->key, s->len);
	return (0);
}

static int
parse_steps(struct ptr *p, struct err *e)
{
	const char *from, *end;
	size_t max = 0;

	for (from = p->text; *from != '\0'; from++)
		max += *from == '/';
	if ((p->step = calloc(max + 1, sizeof(*p->step))) == NULL)
		return (err_nomem(e));
	for (from = p->text; *from == '/'; from = end) {
		end = from + 1 + strcspn(from + 1, "/");
		assert(p->n < max);
		p->n++;
		if (parse_step(&p->step[p->n - 1], from + 1,
		    (size_t)(end - from - 1), p->text, e) == -1)
			return (-1);
	}
	return (0);
}

struct ptr *
ptr_parse(const char *text, struct err *e)
{
	struct ptr *p;

	if ((text[0] != '\0' && text[0] != '/') || strlen(text) > MAX_TEXT ||
	    !utf8_valid(text, strlen(text))) {
		err_set(e, ERR_CONFIG, "JSON Pointer \"%.200s\": must be "
		    "empty or begin with '/' (RFC 6901)", text);
		return (NULL);
	}
	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->text = strdup(text)) == NULL) {
		err_nomem(e);
		goto fail;
	}
	if (parse_steps(p, e) == -1)
		goto fail;
	return (p);
fail:
	ptr_free(p);
	return (NULL);
}

void
ptr_free(struct ptr *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		free(p->step[i].key);
	free(p->step);
	free(p->text);
	free(p);
}

const char *
ptr_text(const struct ptr *p)
{

	return (p->text);
}

/* Return item ${index} of array ${t}. */
static uint32_t
find_item(const struct scan *s, uint32_t t, uint32_t index)
{
	uint32_t i;

	assert(s->tok[t].kind == SCAN_ARRAY);
	if (index >= s->tok[t].count)
		return (SCAN_NOT_FOUND);
	for (i = t + 1; index > 0; index--)
		i = s->tok[i].next;
	return (i);
}

uint32_t
ptr_find(const struct ptr *p, const struct scan *s, uint32_t t)
{
	const struct step *k;
	size_t i;

	assert(t < s->ntok);
	for (i = 0; i < p->n && t != SCAN_NOT_FOUND; i++) {
		k = &p->step[i];
		if (s->tok[t].kind == SCAN_OBJECT)
			t = scan_member(s, t, k->key, k->len);
		else if (s->tok[t].kind == SCAN_ARRAY)
			t = find_item(s, t, k->index);
		else
			return (SCAN_NOT_FOUND);
	}
	return (t);
}

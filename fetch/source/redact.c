/* SPDX-License-Identifier: Apache-2.0 */
#include "redact.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/base/secret.h"
#include "source_vars.h"
#include "spec.h"
#include "template.h"
#include "url.h"

#define SHORTEST 4 /* shorter texts are no secrets, and in every URL */
#define KEPT 16 /* of credentials: tokens replace each other */

struct redact {
	const struct source *source;
	const char *param; /* takes the API key; or NULL */
	const char **value;
	size_t n;
	char *sent[KEPT]; /* credentials, a ring; NULL: none yet */
	size_t nsent;
	bool failed;
};

/* Note the variable ${name}; template_check calls it for each. */
static bool
note_variable(void *arg, const char *name, size_t n)
{
	struct redact *h = arg;
	const char **more;
	const char *v;
	char *key;

	if (!source_vars_is_env(name, n))
		return (true);
	key = strndup(name + 4, n - 4);
	more = reallocarray(h->value, h->n + 1, sizeof(*more));
	if (more != NULL)
		h->value = more;
	h->failed = h->failed || key == NULL || more == NULL;
	v = h->failed ? NULL : getenv(key);
	free(key);
	if (v != NULL && strlen(v) >= SHORTEST)
		h->value[h->n++] = v;
	return (true);
}

static bool
note_text(void *arg, const char *text)
{
	struct err e = { 0 };

	(void)template_check(text, note_variable, arg, &e);
	return (false);
}

struct redact *
redact_new(const struct source *s, struct err *e)
{
	struct redact *h = calloc(1, sizeof(*h));
	size_t i;

	if (h != NULL) {
		h->source = s;
		for (i = 0; i < s->auth.nkeys; i++)
			if (s->auth.keys[i].query != NULL)
				h->param = s->auth.keys[i].query;
		(void)source_vars_texts(s, note_text, h);
		if (s->auth.login != NULL)
			(void)source_vars_texts(s->auth.login, note_text, h);
	}
	if (h == NULL || h->failed) {
		redact_free(h);
		err_nomem(e);
		return (NULL);
	}
	return (h);
}

/* Forget the credential in place ${i} of the ring. */
static void
forget_credential(struct redact *h, size_t i)
{

	if (h->sent[i] == NULL)
		return;
	explicit_bzero(h->sent[i], strlen(h->sent[i]));
	free(h->sent[i]);
	h->sent[i] = NULL;
}

void
redact_free(struct redact *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < KEPT; i++)
		forget_credential(h, i);
	free(h->value);
	free(h);
}

int
redact_add(struct redact *h, const char *text, struct err *e)
{
	size_t i = h->nsent % KEPT, k;

	if (text == NULL)
		return (err_nomem(e));
	if (strlen(text) < SHORTEST)
		return (0);
	for (k = 0; k < KEPT; k++)
		if (h->sent[k] != NULL && strcmp(h->sent[k], text) == 0)
			return (0);
	forget_credential(h, i);
	if ((h->sent[i] = strdup(text)) == NULL)
		return (err_nomem(e));
	h->nsent++;
	return (0);
}

/* The bytes at ${p} that are ${v}, as is or percent-encoded; or 0. */
static size_t
match_secret(const char *p, const char *end, const char *v)
{
	size_t n = strlen(v);
	const char *q = p;
	int c;

	if ((size_t)(end - p) >= n && memcmp(p, v, n) == 0)
		return (n);
	for (; *v != '\0'; v++) {
		c = percent_byte(&q, end);
		if (c != (unsigned char)*v && !(c == '+' && *v == ' '))
			return (0);
	}
	return ((size_t)(q - p));
}

/* The bytes at ${p} to be hidden: one secret may begin another. */
static size_t
measure_secret(const struct redact *h, const char *p, const char *end)
{
	size_t i, n, most = 0;

	for (i = 0; i < h->n; i++)
		if ((n = match_secret(p, end, h->value[i])) > most)
			most = n;
	for (i = 0; i < KEPT && h->sent[i] != NULL; i++)
		if ((n = match_secret(p, end, h->sent[i])) > most)
			most = n;
	return (most > 0 ? most : match_secret(p, end, REDACT_MASK));
}

/* The bytes at ${p} that are "?name=" of the hidden parameter. */
static size_t
measure_param(const struct redact *h, const char *p, const char *end)
{
	size_t n;

	if (h->param == NULL || p == end || (*p != '?' && *p != '&'))
		return (0);
	n = match_secret(p + 1, end, h->param);
	return (n > 0 && p + 1 + n < end && p[1 + n] == '=' ? n + 2 : 0);
}

bool
redact_in(const struct redact *h, const void *p, size_t n)
{
	const char *at = p, *end = at + n;

	for (; at < end; at++)
		if (measure_secret(h, at, end) > 0)
			return (true);
	return (false);
}

void
redact_mask(const struct redact *h, const void *p, size_t n, struct buf *out)
{
	const char *at = p, *end = at + n;
	size_t len;

	while (at < end) {
		if ((len = measure_secret(h, at, end)) > 0) {
			buf_puts(out, REDACT_MASK);
			at += len;
		} else if ((len = measure_param(h, at, end)) > 0) {
			buf_append(out, at, len);
			buf_puts(out, REDACT_MASK);
			for (at += len; at < end &&
			    strchr("&#>\"; \n", *at) == NULL; at++)
				;
		} else {
			buf_putc(out, *at++);
		}
	}
}

const char *
redact_place(const struct redact *h, const struct buf *url, struct buf *out)
{
	const uint8_t *query = memchr(url->data, '?', url->len);
	size_t n = query == NULL ? url->len : (size_t)(query - url->data);

	if (!redact_in(h, url->data, n))
		return (NULL);
	buf_reset(out);
	redact_mask(h, url->data, n, out);
	return (buf_cstr(out) == NULL ? "a URL" : (const char *)out->data);
}

void
redact_strip(const struct redact *h, const char *url, struct buf *out)
{

	if (h->param == NULL)
		buf_puts(out, url);
	else
		url_set_param(url, h->param, NULL, 0, out);
}

bool
redact_repeats(const struct redact *h, const char *url, size_t n)
{
	const struct source_pairs *q = &h->source->request.query;
	size_t i;

	if (redact_in(h, url, n))
		return (true);
	for (i = 0; i < q->n; i++)
		if (strstr(q->item[i].value, "{env.") != NULL &&
		    url_has_param(url, q->item[i].name))
			return (true);
	return (false);
}

/* Append ${n} bytes at ${p}, "NAME${sep}VALUE", and the mask for the value. */
static void
append_named(const char *p, size_t n, char sep, const char *mask,
    struct buf *out)
{
	const char *end = memchr(p, sep, n);
	size_t len = end == NULL ? n : (size_t)(end - p);
	char *name = strndup(p, len);

	if (name == NULL) {
		out->failed = true;
	} else if (secret_name(name)) {
		buf_append(out, p, len);
		buf_puts(out, mask);
	} else {
		buf_append(out, p, n);
	}
	free(name);
}

void
redact_url(const char *url, struct buf *out)
{
	size_t n = strcspn(url, "?");

	buf_append(out, url, n);
	for (url += n; *url != '\0'; url += n) {
		buf_putc(out, *url++);
		n = strcspn(url, "&");
		append_named(url, n, '=', "=" REDACT_MASK, out);
	}
}

void
redact_header(const char *line, struct buf *out)
{

	append_named(line, strlen(line), ':', ": " REDACT_MASK, out);
}

int
redact_members(json_t *obj)
{
	const char *name;
	void *tmp;
	json_t *v;

	json_object_foreach_safe(obj, tmp, name, v) {
		if (secret_name(name) && (!json_is_string(v) ||
		    strchr(json_string_value(v), '{') == NULL) &&
		    json_object_set_new(obj, name,
		    json_string(REDACT_MASK)) == -1)
			return (-1);
	}
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include <string.h>

#include "lib/jsonw.h"

/* Does JSON need an escape for this byte? */
static inline bool
special(uint8_t c)
{

	return (c < 0x20 || c == '"' || c == '\\' || c == 0x7f);
}

void
texts_put(struct buf *out, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && !special(p[i]); i++)
		;
	if (i < n) {
		jsonw_string(out, p, n);
		return;
	}
	if (buf_reserve(out, n + 2) == -1)
		return;
	out->data[out->len] = '"';
	memcpy(out->data + out->len + 1, p, n);
	out->data[out->len + 1 + n] = '"';
	out->len += n + 2;
}

/* Append what the machine knows itself. */
static int
own(struct machine *m, const struct ref *r, struct buf *out)
{
	size_t before = out->len;

	switch (r->kind) {
	case REF_POSITION:
		(void)buf_u64(out, m->level[r->scope->level].position);
		break;
	case REF_RECORD:
		(void)buf_u64(out, m->record);
		break;
	case REF_RUN:
		(void)buf_puts(out, m->run->run);
		break;
	case REF_SOURCE:
		(void)buf_puts(out, m->run->source);
		break;
	default:
		(void)buf_append(out, m->tags.data, m->tags.len);
	}
	return (out->len > before);
}

/* Append the value itself. */
static int
served(struct machine *m, const struct ref *r, struct buf *out)
{
	const struct scan *s = &m->scan;
	uint32_t t = m->slot[r->slot];

	if (t == SCAN_NOT_FOUND)
		return (0);
	switch ((enum scan_kind)s->tok[t].kind) {
	case SCAN_NULL:
		return (0);
	case SCAN_STRING:
		(void)scan_string(s, t, out);
		return (1);
	case SCAN_ARRAY:
	case SCAN_OBJECT:
		return (machine_fault(m, r, "bad_type", "expected a string, "
		    "number or boolean, not an %s",
		    scan_kind_name((enum scan_kind)s->tok[t].kind)));
	default:
		(void)buf_append(out, scan_ptr(s, t), scan_len(s, t));
		return (1);
	}
}

int
texts_ref(struct machine *m, const struct ref *r, struct buf *out)
{
	size_t from = out->len, i;
	struct func_fault why;
	int rc;

	rc = r->kind == REF_VALUE ? served(m, r, out) : own(m, r, out);
	if (rc == 0 && r->has_default) {
		(void)buf_append(out, r->dflt.p, r->dflt.n);
		rc = 1;
	}
	for (i = 0; i < r->nfunc && rc == 1; i++) {
		if (func_apply(&r->func[i], out, from, &why) == 0)
			continue;
		if (why.code == NULL)
			return (machine_nomem(m));
		return (machine_fault(m, r, why.code, "%s", why.what));
	}
	return (out->failed ? machine_nomem(m) : rc);
}

int
texts_template(struct machine *m, const struct template *t, struct buf *out)
{
	size_t i;
	int rc;

	for (i = 0; i < t->n; i++) {
		(void)buf_append(out, t->part[i].literal.p,
		    t->part[i].literal.n);
		if (t->part[i].ref == NULL)
			continue;
		if ((rc = texts_ref(m, t->part[i].ref, out)) != 1)
			return (rc);
	}
	return (out->failed ? machine_nomem(m) : 1);
}

/*
 * Write ${c} and "%" in the text from ${from} on as "%" and two hex digits,
 * so that what follows, which begins with ${c}, can always be told apart.
 */
static void
escape(struct buf *b, size_t from, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, more = 0;
	uint8_t *p, *to;

	for (i = from; i < b->len; i++)
		more += b->data[i] == (uint8_t)c || b->data[i] == '%' ? 2 : 0;
	if (more == 0 || buf_reserve(b, more) == -1)
		return;
	p = b->data + b->len;
	b->len += more;
	to = b->data + b->len;
	while (p > b->data + from) {
		if (*--p != (uint8_t)c && *p != '%') {
			*--to = *p;
			continue;
		}
		*--to = (uint8_t)hex[*p & 15];
		*--to = (uint8_t)hex[*p >> 4];
		*--to = '%';
	}
}

int
texts_key(struct machine *m, const struct template *t)
{
	struct buf *k = &m->key;
	const struct part *p;
	size_t from;
	int rc;

	buf_reset(k);
	for (p = t->part; p < t->part + t->n; p++) {
		(void)buf_append(k, p->literal.p, p->literal.n);
		if (p->ref == NULL)
			continue;
		from = k->len;
		if ((rc = texts_ref(m, p->ref, k)) == -1)
			return (-1);
		if (rc == 0)
			return (machine_fault(m, p->ref, "key_missing",
			    "the row key needs it, and it is absent or null"));
		if (k->len == from)
			return (machine_fault(m, p->ref, "key_empty",
			    "a part of the row key is empty"));
		if (p->separator != 0)
			escape(k, from, p->separator);
	}
	if (k->failed)
		return (machine_nomem(m));
	if (k->len == 0)
		return (machine_fault(m, NULL, "key_empty", "an empty row key"));
	if (k->len > MACHINE_MAX_KEY)
		return (machine_fault(m, NULL, "key_too_long",
		    "a row key of %zu bytes; Bigtable allows %d", k->len,
		    MACHINE_MAX_KEY));
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include <assert.h>
#include <string.h>

#include "emit.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/vector.h"
#include "lib/json/jsonw.h"
#include "transform/mapping/proofs.h"

/* Bytes of the longest escape. */
#define LONGEST 6
/* Texts are written in pieces, so room for all possible escapes is small. */
#define ESCAPE_PIECE ((size_t)4 << 10)

/* The most bytes that the JSON escape of a byte adds. */
static const uint8_t longer[256] = { [0 ... 0x1f] = 5, ['"'] = 1,
	['\\'] = 1, [0x7f] = 5 };

/* Write ${n} bytes one by one; one of them may need a long escape. */
static uint8_t *
write_each(uint8_t *to, const uint8_t *p, size_t n)
{

	for (; n > 0; p++, n--) {
		if (longer[*p] > 1) {
			to += jsonw_escape(to, *p);
			continue;
		}
		/* A backslash that is kept only if needed. */
		*to = '\\';
		to += longer[*p];
		*to++ = *p;
	}
	return (to);
}

/*
 * Write ${n} bytes, at most VECTOR_BYTES, from ${p} with the escapes of JSON to
 * ${to}; EMIT_PAD as in emit.h, at both.
 */
static inline uint8_t *
write_block(uint8_t *to, const uint8_t *p, size_t n)
{
	vector_u8 v = vector_load(p);
	unsigned rare = vector_mask((v == 0x7f) | (v < ' '));
	unsigned more = vector_mask((v == '"') | (v == '\\'));
	unsigned mask = (more | rare) & ((1U << n) - 1);
	size_t at = 0, next;

	memcpy(to, &v, sizeof(v));
	if (mask == 0)
		return (to + n);
	if (rare != 0)
		return (write_each(to, p, n));
	/* From one byte that needs a backslash to the next. */
	for (; mask != 0; mask &= mask - 1, at = next) {
		next = (size_t)__builtin_ctz(mask);
		to += next - at;
		*to++ = '\\';
		memcpy(to, p + next, VECTOR_BYTES);
	}
	return (to + (n - at));
}

/* Append ${n} bytes with escapes. */
static inline void
put_piece(struct buf *out, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	uint8_t *to;

	if (!emit_room(out, LONGEST * n + EMIT_PAD))
		return;
	to = out->data + out->len;
	for (; end - p > VECTOR_BYTES; p += VECTOR_BYTES)
		to = write_block(to, p, VECTOR_BYTES);
	to = write_block(to, p, (size_t)(end - p));
	out->len = (size_t)(to - out->data);
}

void
texts_put(struct buf *out, const uint8_t *p, size_t n)
{

	emit_char(out, '"');
	for (; n > ESCAPE_PIECE; p += ESCAPE_PIECE, n -= ESCAPE_PIECE)
		put_piece(out, p, ESCAPE_PIECE);
	put_piece(out, p, n);
	emit_char(out, '"');
}

/* Append a value that the machine itself knows. */
static int
put_own(struct machine *m, const struct ref *r, struct buf *out)
{
	size_t before = out->len;

	switch (r->kind) {
	case REF_POSITION:
		buf_u64(out, m->level[r->scope->level].position);
		break;
	case REF_RECORD:
		buf_u64(out, m->record);
		break;
	case REF_RUN:
		buf_puts(out, m->run->run);
		break;
	case REF_SOURCE:
		buf_puts(out, m->run->source);
		break;
	default:
		buf_append(out, m->tags.data, m->tags.len);
	}
	return (out->len > before);
}

/* Append the text of scalar ${t}, the value of ${r}. */
static int
put_scalar_text(struct machine *m, const struct ref *r, uint32_t t,
    struct buf *out)
{
	const struct scan *s = &m->scan;

	switch ((enum scan_kind)s->tok[t].kind) {
	case SCAN_STRING:
		if (s->tok[t].escaped)
			(void)scan_string(s, t, out);
		else
			emit_put(out, scan_ptr(s, t), scan_len(s, t));
		return (1);
	case SCAN_ARRAY:
	case SCAN_OBJECT:
		return (machine_fault(m, r, "bad_type", "expected a string, "
		    "number or boolean, not an %s",
		    scan_kind_name((enum scan_kind)s->tok[t].kind)));
	default:
		emit_put(out, scan_ptr(s, t), scan_len(s, t));
		return (1);
	}
}

/* Append the items of array ${t} that are not absent, joined. */
static int
put_joined(struct machine *m, const struct ref *r, const struct text *join,
    uint32_t t, struct buf *out)
{
	const struct scan *s = &m->scan;
	size_t before = out->len;
	bool first = true;
	uint32_t i;

	if (s->tok[t].kind != SCAN_ARRAY)
		return (put_scalar_text(m, r, t, out));
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		if (s->tok[i].kind == SCAN_NULL ||
		    (r->absent != NULL && machine_absent(m, r, i)))
			continue;
		if (!first)
			emit_put(out, join->p, join->n);
		first = false;
		if (put_scalar_text(m, r, i, out) == -1)
			return (-1);
	}
	if (first)
		out->len = before;
	return (!first);
}

/* The kind of a text in the record: functions treat JSON numbers as such. */
enum served { SERVED_TEXT, SERVED_NUMBER };

/*
 * Append the value of ${*r}, or of the first of its alternatives that is
 * present, and set ${*r} to it.
 */
static int
put_served(struct machine *m, const struct ref **r, struct buf *out,
    enum served *what)
{
	const struct ref *first = *r;
	uint32_t t;
	int rc;

	for (; *r != NULL; *r = (*r)->other) {
		if ((*r)->kind != REF_VALUE) {
			if ((rc = put_own(m, *r, out)) != 0)
				return (rc);
			continue;
		}
		assert((*r)->slot < m->prog->nslot);
		t = m->slot[(*r)->slot];
		if (t == SCAN_NOT_FOUND || m->scan.tok[t].kind == SCAN_NULL ||
		    ((*r)->absent != NULL && machine_absent(m, *r, t)))
			continue;
		*what = m->scan.tok[t].kind == SCAN_NUMBER ? SERVED_NUMBER :
		    SERVED_TEXT;
		return (first->join != NULL ?
		    put_joined(m, *r, first->join, t, out) :
		    put_scalar_text(m, *r, t, out));
	}
	*r = first;
	return (0);
}

/* Is the text in ${out} from ${from} on one that counts as absent? */
static bool
is_blank_text(const struct absent *a, const struct buf *out, size_t from)
{
	size_t i, n = out->len - from;

	for (i = 0; i < a->n; i++)
		if (a->text[i].n == n && memcmp(a->text[i].p, out->data + from,
		    n) == 0)
			return (true);
	return (false);
}

static int
fail_function(struct machine *m, const struct ref *got,
    const struct func_fault *why)
{

	return (why->code == NULL ? machine_nomem(m) :
	    machine_fault(m, got, why->code, "%s", why->what));
}

/* Apply the functions of ${r} to the text of ${got}; 1, 0 or -1. */
static inline int
apply_functions(struct machine *m, const struct ref *r, const struct ref *got,
    struct buf *out, size_t from, enum served what)
{
	const struct func *f = r->func, *end = f + r->nfunc;
	struct func_fault why = { .code = NULL };
	int rc;

	if (what == SERVED_NUMBER) {
		if ((rc = func_number(f, r->nfunc, out, from, &why)) == -1)
			return (fail_function(m, got, &why));
		f += rc;
	}
	for (; f < end; f++)
		if ((rc = func_apply(f, out, from, &why)) != 1)
			return (rc == 0 ? 0 : fail_function(m, got, &why));
	return (r->absent == NULL || !is_blank_text(r->absent, out, from));
}

int
texts_ref(struct machine *m, const struct ref *r, struct buf *out)
{
	const struct ref *got = r;
	size_t from = out->len;
	enum served what = SERVED_TEXT;
	int rc;

	assert(out != &m->tags && out != &m->stamp);
	rc = put_served(m, &got, out, &what);
	if (rc == 1 && r->nfunc > 0)
		rc = apply_functions(m, r, got, out, from, what);
	if (rc == 0 && r->has_default) {
		/* Replaces the value, or the result of its functions. */
		out->len = from;
		buf_append(out, r->dflt.p, r->dflt.n);
		rc = r->nfunc == 0 ? 1 :
		    apply_functions(m, r, r, out, from, SERVED_TEXT);
		if (rc == 0) {
			out->len = from;
			buf_append(out, r->dflt.p, r->dflt.n);
			rc = 1;
		}
	}
	if (rc == 0)
		out->len = from;
	return (out->failed ? machine_nomem(m) : rc);
}

int
texts_template(struct machine *m, const struct template *t, struct buf *out)
{
	size_t i;
	int rc;

	for (i = 0; i < t->n; i++) {
		emit_put(out, t->part[i].literal.p, t->part[i].literal.n);
		if (t->part[i].ref == NULL)
			continue;
		if ((rc = texts_ref(m, t->part[i].ref, out)) != 1)
			return (rc);
	}
	return (out->failed ? machine_nomem(m) : 1);
}

/*
 * Write ${c} and "%" in the text from ${from} on as "%" and two hex digits, so
 * that the next part, which begins with ${c}, is always found.
 */
static void
escape_separator(struct buf *b, size_t from, char c)
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

bool
texts_padded(struct buf *out, uint32_t n, const struct func *pad)
{
	uint8_t digits[PROOFS_MAX_WIDTH] = { 0 };
	size_t width = (size_t)pad->a, i;

	assert(width <= PROOFS_MAX_WIDTH);
	for (i = width; i-- > 0; n /= 10)
		digits[i] = n > 0 ? (uint8_t)('0' + n % 10) : (uint8_t)pad->b;
	if (n > 0)
		return (false);
	if (emit_room(out, sizeof(digits))) {
		memcpy(out->data + out->len, digits, sizeof(digits));
		out->len += width;
	}
	return (true);
}

/* Is it the number of an item and nothing else, padded? */
static inline bool
is_padded_number(const struct ref *r)
{

	return (r->kind == REF_POSITION && r->nfunc == 1 &&
	    r->func->kind == FUNC_PAD && r->func->a <= PROOFS_MAX_WIDTH &&
	    r->absent == NULL);
}

/* Append part ${p} to the key. */
static int
put_key_part(struct machine *m, const struct part *p)
{
	struct buf *k = &m->key;
	size_t from;
	int rc;

	emit_put(k, p->literal.p, p->literal.n);
	if (p->ref == NULL)
		return (0);
	if (is_padded_number(p->ref) && p->separator == 0 && texts_padded(k,
	    m->level[p->ref->scope->level].position, p->ref->func))
		return (0);
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
		escape_separator(k, from, p->separator);
	return (0);
}

int
texts_key(struct machine *m, const struct rule *r)
{
	const struct template *t = r->key;
	struct buf *k = &m->key;
	size_t i;

	if (m->key_of == t) {
		assert(m->key_kept <= k->len);
		k->len = m->key_kept;
	} else {
		m->key_of = NULL;
		buf_reset(k);
		for (i = 0; i < r->key_steady; i++)
			if (put_key_part(m, &t->part[i]) == -1)
				return (-1);
		m->key_of = t;
		m->key_kept = k->len;
	}
	for (i = r->key_steady; i < t->n; i++)
		if (put_key_part(m, &t->part[i]) == -1)
			return (-1);
	if (k->failed)
		return (machine_nomem(m));
	if (k->len == 0)
		return (machine_fault(m, t->part->ref, "key_empty",
		    "an empty row key"));
	if (k->len > BIGTABLE_MAX_KEY)
		return (machine_fault(m, t->part->ref, "key_too_long",
		    "a row key of %zu bytes; Bigtable allows %d", k->len,
		    BIGTABLE_MAX_KEY));
	return (0);
}

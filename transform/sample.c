/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "transform/record/unique.h"

#define MAX_CHILDREN 2000
#define MAX_DEPTH 24
#define MAX_VALUES 1000000

#define BIT(kind) (1U << (kind))
#define SCALARS (BIT(SCAN_FALSE) | BIT(SCAN_TRUE) | BIT(SCAN_NUMBER) | \
	BIT(SCAN_STRING))

struct field *
sample_new(void)
{
	struct field *f = calloc(1, sizeof(*f));

	if (f != NULL)
		f->integers = f->dates = f->days = true;
	return (f);
}

void
sample_free(struct field *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->nchild; i++)
		sample_free(f->child[i]);
	sample_free(f->item);
	unique_free(f->values);
	free(f->child);
	free(f->key);
	free(f);
}

bool
sample_is_list(const struct field *f)
{

	return ((f->kinds & BIT(SCAN_ARRAY)) != 0 &&
	    (f->kinds & SCALARS) == 0 && f->item != NULL &&
	    f->item->nchild > 0 &&
	    (f->item->kinds & ~(BIT(SCAN_OBJECT) | BIT(SCAN_NULL))) == 0);
}

bool
sample_is_object(const struct field *f)
{

	return ((f->kinds & ~BIT(SCAN_NULL)) == BIT(SCAN_OBJECT));
}

bool
sample_is_scalar(const struct field *f)
{

	return ((f->kinds & (BIT(SCAN_ARRAY) | BIT(SCAN_OBJECT))) == 0);
}

static struct field *
get_child(struct field *f, const struct buf *key, struct err *e)
{
	struct field *c, **more;
	size_t i;

	for (i = 0; i < f->nchild; i++)
		if (f->child[i]->len == key->len &&
		    memcmp(f->child[i]->key, key->data, key->len) == 0)
			return (f->child[i]);
	if (f->nchild == MAX_CHILDREN) {
		err_set(e, ERR_DATA, "over %d different members in one "
		    "place: these are data, not fields", MAX_CHILDREN);
		return (NULL);
	}
	more = realloc(f->child, (f->nchild + 1) * sizeof(struct field *));
	if (more != NULL)
		f->child = more;
	if (more == NULL || (c = sample_new()) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if ((c->key = malloc(key->len + 1)) == NULL) {
		sample_free(c);
		err_nomem(e);
		return (NULL);
	}
	memcpy(c->key, key->data, key->len);
	c->key[key->len] = '\0';
	c->len = key->len;
	f->child[f->nchild++] = c;
	return (c);
}

static int add_value(struct field *f, const struct scan *s, uint32_t t,
    int depth, struct err *e);

static int
add_object_value(struct field *f, const struct scan *s, uint32_t t, int depth,
    struct err *e)
{
	struct field *c;
	struct buf key;
	uint32_t i;
	int rc = 0;

	f->objects++;
	buf_init(&key, SCAN_MAX_LEN);
	for (i = t + 1; rc == 0 && i < s->tok[t].next; i = s->tok[i + 1].next) {
		buf_reset(&key);
		if (scan_string(s, i, &key) == -1 || buf_cstr(&key) == NULL)
			rc = err_nomem(e);
		else if ((c = get_child(f, &key, e)) == NULL)
			rc = -1;
		else
			rc = add_value(c, s, i + 1, depth + 1, e);
	}
	buf_free(&key);
	return (rc);
}

static int
add_array(struct field *f, const struct scan *s, uint32_t t, int depth,
    struct err *e)
{
	uint32_t i;

	if (s->tok[t].count > f->most)
		f->most = s->tok[t].count;
	if (f->item == NULL && (f->item = sample_new()) == NULL)
		return (err_nomem(e));
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next)
		if (add_value(f->item, s, i, depth + 1, e) == -1)
			return (-1);
	return (0);
}

/* Digits with points or commas between them, possibly after a minus. */
static bool
is_amount(const char *p, size_t n)
{
	size_t i = n > 0 && *p == '-', marks = 0;

	if (i == n || p[i] < '0' || p[i] > '9')
		return (false);
	for (; i < n; i++) {
		if (p[i] == '.' || p[i] == ',')
			marks++;
		else if (p[i] < '0' || p[i] > '9')
			return (false);
	}
	return (marks > 0 && p[n - 1] != '.' && p[n - 1] != ',');
}

static int
add_scalar(struct field *f, const struct scan *s, uint32_t t, struct err *e)
{
	const char *p = (const char *)scan_ptr(s, t);
	size_t n = scan_len(s, t), i;
	struct dates_fields d;
	struct unique_hash h;

	if (f->values == NULL && (f->values = unique_new(MAX_VALUES)) == NULL)
		return (err_nomem(e));
	h = unique_hash(f->values, 0, p, n);
	if (unique_has(f->values, h))
		f->repeated = true;
	else if (unique_add(f->values, h) == -1)
		return (err_nomem(e));
	if (n > f->longest)
		f->longest = n;
	for (i = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++)
		;
	f->integers &= i == n && n > 0;
	if (s->tok[t].kind == SCAN_NUMBER)
		for (i = 0; i < n; i++)
			f->decimals |= p[i] == '.' || (p[i] | 0x20) == 'e';
	else if (s->tok[t].kind == SCAN_STRING) {
		f->blanks |= memchr(p, ' ', n) != NULL;
		f->amounts |= is_amount(p, n);
	}
	if (s->tok[t].kind != SCAN_STRING ||
	    dates_parse(p, n, NULL, &d) == -1)
		f->dates = false;
	else {
		f->zoneless |= !d.zoned;
		f->days &= n == strlen("2026-12-31");
	}
	return (0);
}

static int
add_value(struct field *f, const struct scan *s, uint32_t t, int depth,
    struct err *e)
{
	uint32_t kind = s->tok[t].kind;

	f->kinds |= BIT(kind);
	if (kind == SCAN_NULL || depth > MAX_DEPTH)
		return (0);
	f->seen++;
	if (kind == SCAN_OBJECT)
		return (add_object_value(f, s, t, depth, e));
	if (kind == SCAN_ARRAY)
		return (add_array(f, s, t, depth, e));
	return (add_scalar(f, s, t, e));
}

int
sample_add(struct field *f, const struct scan *s, struct err *e)
{

	return (add_value(f, s, 0, 0, e));
}

/* Add what was seen of ${from} to ${to}, but not their children. */
static void
merge_scalars(struct field *to, const struct field *from)
{

	to->kinds |= from->kinds;
	to->seen += from->seen;
	to->objects += from->objects;
	to->decimals |= from->decimals;
	to->integers &= from->integers;
	to->dates &= from->dates;
	to->zoneless |= from->zoneless;
	to->days &= from->days;
	to->amounts |= from->amounts;
	to->blanks |= from->blanks;
	to->repeated = true; /* repeated values are unknown */
	if (from->longest > to->longest)
		to->longest = from->longest;
	if (from->most > to->most)
		to->most = from->most;
}

static int merge_field(struct field *to, const struct field *from,
    struct err *e);

/* Add the members of ${from} to those of ${to}. */
static int
merge_members(struct field *to, const struct field *from, struct err *e)
{
	struct field *c;
	struct buf key;
	size_t i;

	for (i = 0; i < from->nchild; i++) {
		buf_init(&key, 0);
		key.data = (uint8_t *)from->child[i]->key; /* only read */
		key.len = from->child[i]->len;
		if ((c = get_child(to, &key, e)) == NULL ||
		    merge_field(c, from->child[i], e) == -1)
			return (-1);
	}
	return (0);
}

/* Add what was seen of ${from} to ${to}, including all children. */
static int
merge_field(struct field *to, const struct field *from, struct err *e)
{

	merge_scalars(to, from);
	if (merge_members(to, from, e) == -1)
		return (-1);
	if (from->item == NULL)
		return (0);
	if (to->item == NULL && (to->item = sample_new()) == NULL)
		return (err_nomem(e));
	return (merge_field(to->item, from->item, e));
}

int
sample_settle(struct field *f, struct err *e)
{
	size_t i;

	if (sample_is_list(f)) {
		f->item->objects += f->objects;
		f->item->seen += f->objects;
		if (merge_members(f->item, f, e) == -1)
			return (-1);
	}
	for (i = 0; i < f->nchild; i++)
		if (sample_settle(f->child[i], e) == -1)
			return (-1);
	return (f->item == NULL ? 0 : sample_settle(f->item, e));
}

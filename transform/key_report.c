/* SPDX-License-Identifier: Apache-2.0 */
#include "key_report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "transform/mapping/program.h"
#include "transform/record/unique.h"

#define SAMPLE 4096   /* keys kept for each table */
#define KEY_BYTES 120 /* of each */
#define MAX_TABLES 64
#define HOTTEST 5
#define SPLITS 8
/* Parts of the sample, to count how many of them are written to. */
#define PARTS 64
/* Rows written at about the same time: this many, or 1/PARTS of all. */
#define BLOCK 1000
/* Warn if fewer parts than this are written to at a time. */
#define FEW_PARTS 6.0
#define ENOUGH 100
/* Complete keys remembered per table, to find those that repeat. */
#define MAX_SEEN 1000000

struct key {
	uint64_t row;  /* its number, from 0 */
	uint8_t part;  /* of the sorted sample */
	uint8_t len;
	uint8_t byte[KEY_BYTES];
};

struct table {
	char name[51];
	uint64_t rows;
	uint64_t repeated; /* remembered rows whose key came before */
	uint64_t seen;     /* rows that were remembered */
	bool shared;       /* several rules make its rows: keys may be shared */
	struct key last;
	struct unique *keys;
	struct key *sample;
	size_t n;
};

struct key_report {
	const struct program *prog;
	struct table table[MAX_TABLES];
	size_t n;
	struct scan scan;
	struct buf text;
	uint64_t random;
};

struct key_report *
key_report_new(const struct program *prog, struct err *e)
{
	struct key_report *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->prog = prog;
	scan_init(&r->scan);
	buf_init(&r->text, SCAN_MAX_LEN);
	r->random = 0x9e3779b97f4a7c15ULL;
	return (r);
}

void
key_report_free(struct key_report *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++) {
		free(r->table[i].sample);
		unique_free(r->table[i].keys);
	}
	scan_free(&r->scan);
	buf_free(&r->text);
	free(r);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = memcmp(x->byte, y->byte, n);

	return (c != 0 ? c : (int)x->len - (int)y->len);
}

static struct table *
find_table(struct key_report *r, struct err *e)
{
	struct table *t;
	const char *name = buf_cstr(&r->text);
	size_t i, rules = 0;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->table[i].name, name) == 0)
			return (&r->table[i]);
	if (r->n == MAX_TABLES || r->text.len >= sizeof(t->name)) {
		err_set(e, ERR_CONFIG, "over %d tables", MAX_TABLES);
		return (NULL);
	}
	t = &r->table[r->n];
	t->sample = calloc(SAMPLE, sizeof(*t->sample));
	t->keys = unique_new(MAX_SEEN);
	if (t->sample == NULL || t->keys == NULL) {
		free(t->sample);
		unique_free(t->keys);
		err_nomem(e);
		return (NULL);
	}
	for (i = 0; i < r->prog->nrule; i++)
		rules += strcmp(r->prog->rule[i].table, name) == 0;
	t->shared = rules > 1;
	memcpy(t->name, name, r->text.len + 1);
	r->n++;
	return (t);
}

/* A number below ${n}; the same in every run, for equal reports. */
static uint64_t
get_random_below(struct key_report *r, uint64_t n)
{

	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (r->random % n);
}

/*
 * Did the key in r->text, the complete one of ${k}, occur in an earlier row?
 * Rows of one record may share a key.
 */
static int
count_repeated(struct key_report *r, struct table *t, const struct key *k,
    struct err *e)
{
	struct unique_hash h;

	if (t->seen == MAX_SEEN)
		return (0);
	t->seen++;
	h = unique_hash(t->keys, 0, r->text.data, r->text.len);
	if (!unique_has(t->keys, h))
		return (unique_add(t->keys, h) == -1 ? err_nomem(e) : 0);
	t->repeated += !t->shared || compare_keys(k, &t->last) != 0;
	return (0);
}

static int
add_key(struct key_report *r, struct table *t, struct key *k, struct err *e)
{
	uint64_t at;

	if (count_repeated(r, t, k, e) == -1)
		return (-1);
	t->last = *k;
	k->row = t->rows++;
	/* Reservoir sampling: each row is kept with the same chance. */
	assert(t->n <= SAMPLE);
	if (t->n < SAMPLE)
		t->sample[t->n++] = *k;
	else if ((at = get_random_below(r, t->rows)) < SAMPLE)
		t->sample[at] = *k;
	return (0);
}

int
key_report_add(struct key_report *r, const void *rows, size_t n, struct err *e)
{
	const uint8_t *p = rows, *end = p + n, *nl;
	struct table *t;
	struct key k;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL || scan_text(&r->scan, p, (size_t)(nl - p), e) ==
		    -1)
			return (err_set(e, ERR_BUG, "a row that is not JSON"));
		/* {"table": name, "row": key, ... */
		buf_reset(&r->text);
		if (scan_string(&r->scan, 2, &r->text) == -1 ||
		    buf_cstr(&r->text) == NULL)
			return (err_nomem(e));
		if ((t = find_table(r, e)) == NULL)
			return (-1);
		buf_reset(&r->text);
		if (scan_string(&r->scan, 4, &r->text) == -1)
			return (err_nomem(e));
		memset(&k, 0, sizeof(k));
		k.len = (uint8_t)(r->text.len < KEY_BYTES ? r->text.len :
		    KEY_BYTES);
		memcpy(k.byte, r->text.data, k.len);
		if (add_key(r, t, &k, e) == -1)
			return (-1);
	}
	return (0);
}

/* Length of the prefix of all keys; the sample is sorted. */
static size_t
count_common(const struct key *a, const struct key *b)
{
	size_t n = 0;

	while (n < a->len && n < b->len && a->byte[n] == b->byte[n])
		n++;
	return (n);
}

/* Complete characters in the first ${n} bytes of ${k}, as a JSON string. */
static void
put_prefix(struct buf *out, const struct key *k, size_t n)
{

	while (n > 0 && n < k->len && (k->byte[n] & 0xc0) == 0x80)
		n--;
	jsonw_string(out, k->byte, n);
}

struct group {
	size_t first, count;
};

/* The most frequent prefixes of ${len} bytes, in descending order. */
static size_t
find_hottest(const struct table *t, size_t len, struct group top[HOTTEST])
{
	struct group g, swap;
	size_t i, j, n = 0, count;

	for (i = 0; i < t->n; i += count) {
		for (count = 1; i + count < t->n && count_common(&t->sample[i],
		    &t->sample[i + count]) >= len; count++)
			;
		g = (struct group){ .first = i, .count = count };
		for (j = 0; j < n; j++) {
			if (g.count > top[j].count) {
				swap = top[j];
				top[j] = g;
				g = swap;
			}
		}
		if (n < HOTTEST)
			top[n++] = g;
	}
	return (n);
}

/* Keys that split the sample into equal parts, as short as possible. */
static void
put_splits(struct buf *out, const struct table *t)
{
	const struct key *k, *before;
	size_t i, at, n;
	bool first = true;

	jsonw_member(out, "splits");
	buf_putc(out, '[');
	for (i = 1; i < SPLITS; i++) {
		at = i * t->n / SPLITS;
		if (at == 0 || at == (i - 1) * t->n / SPLITS)
			continue;
		k = &t->sample[at];
		before = &t->sample[at - 1];
		n = count_common(before, k) + 1;
		if (n > k->len) /* the same key as before: no place to split */
			continue;
		if (!first)
			buf_putc(out, ',');
		first = false;
		put_prefix(out, k, n);
	}
	buf_putc(out, ']');
}

static void
put_hottest(struct buf *out, const struct table *t, const struct group *top,
    size_t n, size_t len)
{
	size_t i;

	jsonw_member(out, "hottest");
	buf_putc(out, '[');
	for (i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? ",{\"prefix\":" : "{\"prefix\":");
		put_prefix(out, &t->sample[top[i].first], len);
		buf_printf(out, ",\"share\":%.3f}",
		    (double)top[i].count / (double)t->n);
	}
	buf_putc(out, ']');
}

static int
compare_order(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->row < y->row ? -1 : x->row > y->row);
}

/* Rows written at about the same time. */
static uint64_t
get_block(const struct table *t)
{
	uint64_t n = t->rows / PARTS;

	/* A block must contain rows of the sample. */
	if (n > BLOCK)
		n = t->rows / (2 * SAMPLE) > BLOCK ? t->rows / (2 * SAMPLE) :
		    BLOCK;
	return (n > 2 ? n : 2);
}

/*
 * The number of the PARTS equal parts of the table to which rows are written
 * at a time: the inverse of the probability that two rows of one block are in
 * one part.  The sample is sorted by key before this, and by row after it.
 */
static double
measure_spread(struct table *t)
{
	uint64_t block = get_block(t), pairs = 0, same = 0;
	unsigned count[PARTS];
	size_t i, from, n;

	for (i = 0; i < t->n; i++) {
		t->sample[i].part = (uint8_t)(i * PARTS / t->n);
		if (i > 0 && compare_keys(&t->sample[i], &t->sample[i - 1]) ==
		    0)
			t->sample[i].part = t->sample[i - 1].part;
	}
	qsort(t->sample, t->n, sizeof(*t->sample), compare_order);
	for (from = 0; from < t->n; from += n) {
		memset(count, 0, sizeof(count));
		for (n = 0; from + n < t->n && t->sample[from + n].row /
		    block == t->sample[from].row / block; n++)
			same += count[t->sample[from + n].part]++;
		pairs += n * (n - 1) / 2;
	}
	return (same * PARTS <= pairs ? PARTS :
	    (double)pairs / (double)same);
}

static void
put_warnings(struct buf *out, const struct table *t, double spread)
{

	jsonw_member(out, "warnings");
	buf_putc(out, '[');
	if (t->repeated > 0)
		buf_printf(out, "\"%" PRIu64 " of %" PRIu64 " rows have a key "
		    "that a row before them has: they overwrite each other\"",
		    t->repeated, t->seen);
	if (t->rows >= ENOUGH && spread < FEW_PARTS)
		buf_printf(out, "%s\"writes go to few places at a time, as keys "
		    "follow the order of the stream: begin the key with "
		    "something that spreads\"", t->repeated > 0 ? "," : "");
	buf_putc(out, ']');
}

static void
put_table(struct table *t, struct buf *out)
{
	struct group top[HOTTEST] = { { .first = 0 } };
	size_t same, n;
	double spread;

	qsort(t->sample, t->n, sizeof(*t->sample), compare_keys);
	same = count_common(&t->sample[0], &t->sample[t->n - 1]);
	n = find_hottest(t, same + 1, top);
	buf_putc(out, '{');
	jsonw_str(out, "table", t->name);
	jsonw_u64(out, "rows", t->rows);
	jsonw_u64(out, "repeated", t->repeated);
	jsonw_member(out, "common_prefix");
	put_prefix(out, &t->sample[0], same);
	put_hottest(out, t, top, n, same + 1);
	put_splits(out, t);
	spread = measure_spread(t);
	buf_printf(out, ",\"spread\":%.1f", spread);
	put_warnings(out, t, spread);
	buf_puts(out, "}\n");
}

void
key_report_write(struct key_report *r, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		put_table(&r->table[i], out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "position.h"

#include <ctype.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/number.h"
#include "lib/base/percent.h"

#define MAX_TEXT (64U * 1024)
#define MAX_DEPTH 3   /* of nested encodings */
#define MAX_TOKEN 24  /* letters and digits; a longer run is a hash */
#define MIN_BASE64 4

struct numbers {
	uint64_t v[POSITION_NUMBERS];
	unsigned n;
};

static bool
is_word_byte(const char *p, const char *end)
{

	return (p < end && isalnum((unsigned char)*p));
}

/* The numbers in a text, except in runs that look like a hash. */
static void
add_runs(const char *p, const char *end, struct numbers *out)
{
	const char *word, *q;
	uint64_t v;

	for (; p < end; p = q) {
		for (word = q = p; is_word_byte(q, end); q++)
			;
		if (q == word) {
			q++;
			continue;
		}
		if (q - word > MAX_TOKEN)
			continue;
		while (p < q) {
			for (; p < q && !isdigit((unsigned char)*p); p++)
				;
			for (word = p; p < q && isdigit((unsigned char)*p); p++)
				;
			if (p > word && out->n < POSITION_NUMBERS &&
			    number_u64(word, (size_t)(p - word), INT64_MAX,
			    &v) == 0)
				out->v[out->n++] = v;
		}
	}
}

static bool
is_plain_text(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if (b->data[i] < 0x20 && b->data[i] != '\t' &&
		    b->data[i] != '\n')
			return (false);
		else if (b->data[i] >= 0x7f)
			return (false);
	return (b->len > 0);
}

static void collect_numbers(const char *p, size_t n, int depth,
    struct numbers *out);

/* Take the numbers in ${n} bytes of base64, if they decode to text. */
static bool
add_decoded(const char *p, size_t n, int depth, struct numbers *out)
{
	struct buf b;
	bool text;

	buf_init(&b, MAX_TEXT);
	text = n >= MIN_BASE64 && depth < MAX_DEPTH &&
	    base64_decode(&b, p, n) == 0 && is_plain_text(&b);
	if (text)
		collect_numbers((const char *)b.data, b.len, depth + 1, out);
	buf_free(&b);
	return (text);
}

/* The number of bytes at ${p} that may be base64, with padding. */
static size_t
measure_base64(const char *p, const char *end, const char *also)
{
	const char *q = p;

	while (q < end && *q != '\0' && (is_word_byte(q, end) ||
	    strchr(also, *q) != NULL))
		q++;
	while (q > p && q < end && *q == '=')
		q++;
	return ((size_t)(q - p));
}

static void
collect_numbers(const char *p, size_t n, int depth, struct numbers *out)
{
	const char *end = p + n;
	struct buf plain;
	size_t len;
	int c;

	buf_init(&plain, MAX_TEXT);
	while ((c = percent_byte(&p, end)) != -1)
		buf_putc(&plain, c);
	p = plain.failed ? NULL : (const char *)plain.data;
	end = p == NULL ? NULL : p + plain.len;
	while (p < end) {
		len = measure_base64(p, end, "+/-_");
		if (!add_decoded(p, len, depth, out)) {
			len = measure_base64(p, end, "+-_");
			if (!add_decoded(p, len, depth, out))
				add_runs(p, p + len, out);
		}
		p += len + (len == 0);
	}
	buf_free(&plain);
}

/* The numbers in a cursor, or in a URL after its host. */
static void
read_numbers(const char *text, size_t len, struct numbers *out)
{
	const char *host = memmem(text, len, "://", 3), *path;

	out->n = 0;
	if (host != NULL) {
		path = memchr(host + 3, '/', len - (size_t)(host + 3 - text));
		len = path == NULL ? 0 : len - (size_t)(path - text);
		text = path;
	}
	if (len > 0)
		collect_numbers(text, len, 0, out);
}

/* Is ${v} near the counts of the walk?  Careful: a key may be near, too. */
static bool
is_near(uint64_t v, const struct position_past *past)
{

	return ((v + 1 >= past->walked && v <= 2 * past->walked + 1) ||
	    v == past->pages || v == past->pages + 1 ||
	    (past->size > 0 && v == past->size * past->pages));
}

static bool
is_step(uint64_t d, uint64_t before, const struct position_past *past)
{

	return (d > 0 && (d == 1 || d == before || d == past->size ||
	    (d + 1 >= past->records && d <= past->records + 1)));
}

void
position_start(struct position *p, const void *text, size_t len)
{
	struct numbers now;

	read_numbers(text, len, &now);
	memset(p, 0, sizeof(*p));
	memcpy(p->was, now.v, now.n * sizeof(now.v[0]));
	p->n = now.n;
	p->alive = ((uint32_t)1 << POSITION_NUMBERS) - 1;
}

bool
position_step(struct position *p, const void *text, size_t len,
    const struct position_past *past)
{
	struct numbers now;
	uint64_t d;
	unsigned i;
	bool follows;

	read_numbers(text, len, &now);
	for (i = 0; i < POSITION_NUMBERS; i++) {
		follows = i < now.n && is_near(now.v[i], past);
		d = 0;
		if (i < now.n && i < p->n) {
			if (now.v[i] > p->was[i])
				d = now.v[i] - p->was[i];
			follows = d > 0 && (follows ||
			    is_step(d, p->step[i], past));
		}
		if (!follows)
			p->alive &= ~((uint32_t)1 << i);
		if (i < now.n)
			p->was[i] = now.v[i];
		p->step[i] = d;
	}
	p->n = now.n;
	return (p->alive != 0);
}

bool
position_holds(const void *text, size_t len, const struct position_past *past)
{
	struct numbers now;
	unsigned i;

	read_numbers(text, len, &now);
	for (i = 0; i < now.n; i++)
		if ((now.v[i] + 1 >= past->walked &&
		    now.v[i] <= past->walked + 1) || now.v[i] == past->pages ||
		    now.v[i] == past->pages + 1)
			return (true);
	return (false);
}

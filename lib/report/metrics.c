/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

enum kind { COUNTER = METRICS_COUNTER, GAUGE = METRICS_GAUGE, HISTOGRAM };

#define BOUNDS 13

static const double seconds_bounds[BOUNDS] = { 0.005, 0.01, 0.025, 0.05, 0.1,
	0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };
static const double rows_bounds[BOUNDS] = { 1, 3, 10, 30, 100, 300, 1000,
	3000, 10000, 20000, 30000, 50000, 100000 };

struct series {
	struct series *next; /* series of the same name are adjacent */
	const char *name;
	const char *help;
	char *labels;
	enum kind kind;
	const double *bounds;    /* histogram: BOUNDS of them */
	double value;            /* histogram: the sum */
	uint64_t bucket[BOUNDS]; /* not cumulative */
	uint64_t count;
};

struct metrics {
	struct series *first;
};

struct metrics *
metrics_new(void)
{

	return (calloc(1, sizeof(struct metrics)));
}

void
metrics_free(struct metrics *m)
{
	struct series *s;

	if (m == NULL)
		return;
	while ((s = m->first) != NULL) {
		m->first = s->next;
		free(s->labels);
		free(s);
	}
	free(m);
}

/* Find or make the series. */
static struct series *
find_series(struct metrics *m, enum kind kind, const char *name, const char
    *help, const char *labels)
{
	struct series *s, **end;

	if (m == NULL)
		return (NULL);
	for (end = &m->first; (s = *end) != NULL; end = &s->next)
		if (strcmp(s->name, name) == 0 &&
		    strcmp(s->labels, labels) == 0) {
			assert(s->kind == kind);
			return (s);
		}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	if ((s->labels = strdup(labels)) == NULL) {
		free(s);
		return (NULL);
	}
	s->name = name;
	s->help = help;
	s->kind = kind;
	*end = s;
	return (s);
}

void
metrics_add(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v)
{
	struct series *s;

	if ((s = find_series(m, (enum kind)kind, name, help, labels)) != NULL)
		s->value += v;
}

void
metrics_set(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v)
{
	struct series *s;

	if ((s = find_series(m, (enum kind)kind, name, help, labels)) != NULL)
		s->value = v;
}

/* Count ${v} in the histogram ${name}. */
static void
put_observation(struct metrics *m, const double *bounds, const char *name,
    const char *help, double v)
{
	struct series *s;
	size_t i;

	if ((s = find_series(m, HISTOGRAM, name, help, "")) == NULL)
		return;
	s->bounds = bounds;
	for (i = 0; i < BOUNDS && v > bounds[i]; i++)
		;
	if (i < BOUNDS)
		s->bucket[i]++;
	s->value += v;
	s->count++;
}

void
metrics_request(struct metrics *m, const char *code, double seconds)
{
	char labels[64];

	snprintf(labels, sizeof(labels), "code=\"%.32s\"", code);
	metrics_add(m, METRICS_COUNTER, "nf_requests_total",
	    "Requests that ended, by the code of the answer.", labels, 1);
	put_observation(m, seconds_bounds, "nf_request_duration_seconds",
	    "Time from a request to its whole answer.", seconds);
}

void
metrics_batch(struct metrics *m, uint64_t rows)
{

	put_observation(m, rows_bounds, "nf_batch_rows",
	    "Rows sent in one request or transaction.", (double)rows);
}

/* One sample: name, labels including that of the tool, value. */
static void
put_sample(struct buf *out, const struct series *s, const char *suffix,
    const char *tool, const char *le, double v)
{

	buf_printf(out, "%s%s{tool=\"%s\"", s->name, suffix, tool);
	if (s->labels[0] != '\0')
		buf_printf(out, ",%s", s->labels);
	if (le != NULL)
		buf_printf(out, ",le=\"%s\"", le);
	buf_printf(out, "} %.15g\n", v);
}

static void
put_histogram(struct buf *out, const struct series *s, const char *tool)
{
	char le[32];
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < BOUNDS; i++) {
		sum += s->bucket[i];
		snprintf(le, sizeof(le), "%.15g",
		    s->bounds[i]);
		put_sample(out, s, "_bucket", tool, le, (double)sum);
	}
	put_sample(out, s, "_bucket", tool, "+Inf", (double)s->count);
	put_sample(out, s, "_sum", tool, NULL, s->value);
	put_sample(out, s, "_count", tool, NULL, (double)s->count);
}

/* Is ${s} the first of its name? */
static bool
is_first_of_name(const struct metrics *m, const struct series *s)
{
	const struct series *p;

	for (p = m->first; strcmp(p->name, s->name) != 0; p = p->next)
		;
	return (p == s);
}

void
metrics_text(const struct metrics *m, const char *tool, struct buf *out)
{
	static const char *const types[] = { "counter", "gauge",
		"histogram" };
	const struct series *s, *t;

	for (s = m->first; s != NULL; s = s->next) {
		if (!is_first_of_name(m, s))
			continue;
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", s->name,
		    s->help, s->name, types[s->kind]);
		for (t = s; t != NULL; t = t->next) {
			if (strcmp(t->name, s->name) != 0)
				continue;
			if (t->kind == HISTOGRAM)
				put_histogram(out, t, tool);
			else
				put_sample(out, t, "", tool, NULL, t->value);
		}
	}
}

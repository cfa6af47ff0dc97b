/* SPDX-License-Identifier: Apache-2.0 */
#include "zone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "calendar.h"
#include "dates.h"
#include "err.h"
#include "io.h"
#include "number.h"
#include "zone_rule.h"

#define MAX_FILE ((size_t)1 << 20)
#define HEADER 44

struct zone {
	size_t n;        /* transitions */
	int64_t *at;     /* when, ascending */
	int32_t *offset; /* seconds east of UTC from then on */
	int32_t first;   /* before the first */
	bool ruled;      /* ${rule} applies after the last */
	struct zone_rule rule;
};

static uint32_t
read_be32(const uint8_t *p)
{

	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static int64_t
read_be64(const uint8_t *p)
{

	return ((int64_t)((uint64_t)read_be32(p) << 32 | read_be32(p + 4)));
}

/* The counts of a TZif header, RFC 8536 section 3.1. */
struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static int
read_zone_header(const uint8_t *p, size_t n, struct counts *c)
{

	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return (-1);
	c->isut = read_be32(p + 20);
	c->isstd = read_be32(p + 24);
	c->leap = read_be32(p + 28);
	c->time = read_be32(p + 32);
	c->type = read_be32(p + 36);
	c->chars = read_be32(p + 40);
	if (c->isut > 256 || c->isstd > 256 || c->leap > 1000 ||
	    c->time > 10000 || c->type == 0 || c->type > 256 ||
	    c->chars > 10000)
		return (-1);
	return (0);
}

/* Bytes of a data block whose times have ${size} bytes. */
static size_t
measure_block(const struct counts *c, size_t size)
{

	return ((size_t)c->time * (size + 1) + (size_t)c->type * 6 + c->chars +
	    (size_t)c->leap * (size + 4) + c->isstd + c->isut);
}

/* Read the transitions of the 64-bit block at ${p}. */
static int
read_transitions(struct zone *z, const uint8_t *p, const struct counts *c)
{
	const uint8_t *index = p + (size_t)c->time * 8;
	const uint8_t *type = index + c->time;
	uint32_t i;

	z->n = c->time;
	z->at = calloc(z->n + 1, sizeof(*z->at));
	z->offset = calloc(z->n + 1, sizeof(*z->offset));
	if (z->at == NULL || z->offset == NULL)
		return (-1);
	z->first = (int32_t)read_be32(type);
	for (i = 0; i < c->time; i++) {
		if (index[i] >= c->type)
			return (-1);
		z->at[i] = read_be64(p + (size_t)i * 8);
		z->offset[i] = (int32_t)read_be32(type + (size_t)index[i] * 6);
	}
	return (0);
}

/* Version 2 and later: skip the 32-bit block, read the 64-bit one. */
static int
parse_zone(struct zone *z, const uint8_t *p, size_t n)
{
	struct counts c;
	const uint8_t *end = p + n, *nl;
	char rule[128];

	if (read_zone_header(p, n, &c) == -1 || p[4] < '2' ||
	    n - HEADER < measure_block(&c, 4))
		return (-1);
	p += HEADER + measure_block(&c, 4);
	if (read_zone_header(p, (size_t)(end - p), &c) == -1 ||
	    (size_t)(end - p) - HEADER < measure_block(&c, 8) ||
	    read_transitions(z, p + HEADER, &c) == -1)
		return (-1);
	p += HEADER + measure_block(&c, 8);
	if (end - p < 2 || *p++ != '\n' ||
	    (nl = memchr(p, '\n', (size_t)(end - p))) == NULL ||
	    (size_t)(nl - p) >= sizeof(rule))
		return (-1);
	memcpy(rule, p, (size_t)(nl - p));
	rule[nl - p] = '\0';
	z->ruled = rule[0] != '\0';
	return (z->ruled ? zone_rule_parse(&z->rule, rule) : 0);
}

/* "-03:00" and the like. */
static bool
parse_fixed(struct zone *z, const char *name)
{
	uint64_t h, m;

	if (strlen(name) != 6 || (*name != '+' && *name != '-') ||
	    name[3] != ':' || number_u64(name + 1, 2, 23, &h) == -1 ||
	    number_u64(name + 4, 2, 59, &m) == -1)
		return (false);
	z->first = (int32_t)(h * 3600 + m * 60) * (*name == '-' ? -1 : 1);
	return (true);
}

static int
load_zone(struct zone *z, const char *name, struct err *e)
{
	const char *dir = getenv("TZDIR");
	struct buf path, data;
	const char *p;
	int rc;

	if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
		return (err_set(e, ERR_CONFIG, "no such time zone"));
	buf_init(&path, 4096);
	buf_init(&data, MAX_FILE);
	buf_printf(&path, "%s/%s",
	    dir != NULL && *dir != '\0' ? dir : "/usr/share/zoneinfo", name);
	p = buf_cstr(&path);
	rc = p == NULL ? err_nomem(e) : io_slurp(p, MAX_FILE, &data, e);
	if (rc == 0 && parse_zone(z, data.data, data.len) == -1)
		rc = err_set(e, ERR_CONFIG, "%s: not a time zone file (TZif "
		    "version 2 or later)", p);
	buf_free(&data);
	buf_free(&path);
	return (rc);
}

struct zone *
zone_open(const char *name, struct err *e)
{
	struct zone *z;

	if ((z = calloc(1, sizeof(*z))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 ||
	    parse_fixed(z, name) || load_zone(z, name, e) == 0)
		return (z);
	zone_free(z);
	return (NULL);
}

void
zone_free(struct zone *z)
{

	if (z == NULL)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

int32_t
zone_offset(const struct zone *z, int64_t t)
{
	size_t lo = 0, hi = z->n, mid;

	if (z->n == 0 || t >= z->at[z->n - 1]) {
		if (z->ruled)
			return (zone_rule_offset(&z->rule, t));
		return (z->n == 0 ? z->first : z->offset[z->n - 1]);
	}
	/* Find the last transition that is not after t. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (z->at[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo == 0 ? z->first : z->offset[lo - 1]);
}

int64_t
zone_to_utc(const struct zone *z, int64_t local)
{
	/* Offsets are less than a day: use those a day before and after. */
	int32_t before = zone_offset(z, local - CALENDAR_DAY_S);
	int32_t after = zone_offset(z, local + CALENDAR_DAY_S);

	/*
	 * Use the offset before a change, unless the result is already after
	 * the change.  This gives the earlier of two times, and in a gap the
	 * offset before it.
	 */
	if (before == after || zone_offset(z, local - before) == before)
		return (local - before);
	if (zone_offset(z, local - after) == after)
		return (local - after);
	return (local - before);
}

int
zone_micros(const struct zone *z, const struct dates_fields *f,
    int64_t *micros)
{
	int64_t local;

	if (dates_micros(f, micros) == 0)
		return (0);
	if (z == NULL)
		return (-1);
	local = (*micros - f->micros) / 1000000;
	*micros = zone_to_utc(z, local) * 1000000 + f->micros;
	return (0);
}

int
zone_local(const struct zone *z, int64_t micros, struct dates_fields *f)
{
	int64_t t = micros / 1000000 - (micros % 1000000 < 0);

	return (dates_of_micros(micros, z == NULL ? 0 : zone_offset(z, t), f));
}

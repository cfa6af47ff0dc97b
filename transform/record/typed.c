/* SPDX-License-Identifier: Apache-2.0 */
#include "typed.h"

#include <assert.h>
#include <string.h>

#include "check.h"
#include "condition.h"
#include "direct.h"
#include "evaluate.h"
#include "lib/base/base64.h"
#include "lib/base/dates.h"
#include "lib/base/zone.h"
#include "texts.h"
#include "transform/value/decimal.h"

static int
refuse_value(struct machine *m, const struct value *v, const char *code,
    const char *what)
{

	return (machine_fault(m, v->name, code, "%s", what));
}

static int
put_work(struct machine *m)
{

	texts_put(m->out, m->work.data, m->work.len);
	return (1);
}

static int
put_decimal(struct machine *m, const struct value *v)
{
	struct buf *w = &m->work;

	switch (decimal_tidy(w, v->scale, v->rounding)) {
	case DECIMAL_OK:
		return (put_work(m));
	case DECIMAL_SCALE:
		return (machine_fault(m, v->name, "decimal_scale",
		    "more than %d decimals, and no rounding is allowed",
		    v->scale));
	case DECIMAL_RANGE:
		return (refuse_value(m, v, "decimal_range",
		    "a decimal with too many digits"));
	default:
		return (refuse_value(m, v, "bad_decimal",
		    "not a decimal number"));
	}
}

static int
put_int64(struct machine *m, const struct value *v)
{
	const uint8_t *p = m->work.data;
	size_t n = m->work.len, i = 0;
	uint64_t u = 0, limit = (uint64_t)INT64_MAX;
	bool minus = n > 0 && p[0] == '-';

	i += minus;
	limit += minus;
	if (i == n || n - i > 19 || (p[i] == '0' && n - i > 1))
		return (refuse_value(m, v, "bad_int64",
		    "not a 64-bit integer"));
	for (; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return (refuse_value(m, v, "bad_int64",
			    "not a 64-bit integer"));
		u = u * 10 + (uint64_t)(p[i] - '0');
	}
	if (u > limit)
		return (refuse_value(m, v, "bad_int64",
		    "out of the 64-bit range"));
	buf_puts(m->out, "{\"int64\":\"");
	buf_append(m->out, p, n);
	buf_puts(m->out, "\"}");
	return (1);
}

static int
put_bool(struct machine *m, const struct value *v)
{
	static const struct text yes = { .p = "true", .n = 4 };
	static const struct text no = { .p = "false", .n = 5 };

	if (condition_among(&m->work, &yes, 1) ||
	    condition_among(&m->work, v->yes, v->nyes))
		buf_puts(m->out, "\"true\"");
	else if (condition_among(&m->work, &no, 1) ||
	    condition_among(&m->work, v->no, v->nno))
		buf_puts(m->out, "\"false\"");
	else
		return (refuse_value(m, v, "bad_bool",
		    "neither true nor false"));
	return (1);
}

/* Parse m->work. */
static int
parse_instant(struct machine *m, const struct ref *r, const char *format,
    const struct zone *zone, int64_t *micros)
{
	struct dates_fields f;

	if (dates_parse((const char *)m->work.data, m->work.len, format,
	    &f) == -1)
		return (machine_fault(m, r, "bad_date", format == NULL ?
		    "not an ISO 8601 date or time" :
		    "not a date or time of the mapping's format"));
	if (zone_micros(zone, &f, micros) == -1)
		return (machine_fault(m, r, "no_zone", "a time without a zone, "
		    "and the mapping has none"));
	return (1);
}

int
typed_instant(struct machine *m, const struct ref *r, const char *format,
    const struct zone *zone, int64_t *micros)
{
	int rc;

	buf_reset(&m->work);
	if ((rc = texts_ref(m, r, &m->work)) != 1)
		return (rc);
	return (buf_reserve(&m->work, 0) == -1 ? machine_nomem(m) :
	    parse_instant(m, r, format, zone, micros));
}

static int
put_date(struct machine *m, const struct value *v)
{
	static const char *const formats[] = {
		[DATE_ISO] = "%Y-%m-%dT%H:%M:%S.%f%z",
		[DATE_UTC] = "%Y-%m-%dT%H:%M:%S.%fZ",
		[DATE_DAY] = "%Y-%m-%d",
	};
	struct dates_fields f;
	int64_t t;

	if (parse_instant(m, v->name, v->format, v->zone, &t) == -1)
		return (-1);
	if (v->form == DATE_MICROS || v->form == DATE_INT64) {
		buf_puts(m->out, v->form == DATE_INT64 ?
		    "{\"int64\":\"" : "\"");
		buf_i64(m->out, t);
		buf_puts(m->out, v->form == DATE_INT64 ? "\"}" : "\"");
		return (1);
	}
	if (zone_local(v->form == DATE_UTC ? NULL : v->zone, t, &f) == -1)
		return (refuse_value(m, v, "bad_date",
		    "outside the years 1 to 9999 in the zone"));
	buf_putc(m->out, '"');
	(void)dates_format(&f, formats[v->form], m->out);
	buf_putc(m->out, '"');
	return (1);
}

/* Decode it as a check, and encode it again in the standard form. */
static int
put_bytes(struct machine *m, const struct value *v)
{
	struct buf *name = &m->name;

	/* m->name is free here: the qualifier and its colon are written. */
	assert(m->out->len > 0 && m->out->data[m->out->len - 1] == ':');
	buf_reset(name);
	if (base64_decode(name, (const char *)m->work.data, m->work.len) == -1)
		return (name->failed ? machine_nomem(m) :
		    refuse_value(m, v, "bad_base64", "not base64"));
	buf_puts(m->out, "{\"base64\":\"");
	base64_encode(m->out, name->data, name->len);
	buf_puts(m->out, "\"}");
	return (1);
}

/* The text of a value as is, of any kind. */
static int
put_json(struct machine *m, const struct value *v)
{
	const struct ref *r = v->ref;
	uint32_t t = machine_find(m, &r);
	const uint8_t *p;
	size_t n;

	if (t == SCAN_NOT_FOUND)
		return (0);
	p = scan_raw(&m->scan, t, &n);
	texts_put(m->out, p, n);
	return (1);
}

/* Replace the code in m->work using the mapping's table. */
static int
map_work(struct machine *m, const struct value *v)
{
	const struct text *to = NULL;
	size_t lo = 0, hi = v->map->n, mid, n;
	const struct map_entry *e;
	int c;

	while (lo < hi && to == NULL) {
		mid = lo + (hi - lo) / 2;
		e = &v->map->entry[mid];
		n = e->from.n < m->work.len ? e->from.n : m->work.len;
		c = memcmp(m->work.data, e->from.p, n);
		if (c == 0)
			c = m->work.len < e->from.n ? -1 :
			    m->work.len > e->from.n;
		if (c == 0)
			to = &e->to;
		else if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	if (to == NULL && (to = v->otherwise) == NULL)
		return (refuse_value(m, v, "not_in_map",
		    "not a code of the map, and there is no \"else\""));
	buf_reset(&m->work);
	buf_append(&m->work, to->p, to->n);
	return (m->work.failed ? machine_nomem(m) : 1);
}

/* Set m->work to the text of ${v}. */
static int
make_work(struct machine *m, const struct value *v)
{
	int rc;

	buf_reset(&m->work);
	if (v->ref != NULL)
		rc = texts_ref(m, v->ref, &m->work);
	else if (v->template != NULL)
		rc = texts_template(m, v->template, &m->work);
	else
		rc = evaluate_text(m, v, &m->work);
	if (rc == 1 && buf_reserve(&m->work, 0) == -1)
		return (machine_nomem(m));
	return (rc == 1 && v->map != NULL ? map_work(m, v) : rc);
}

static int
put_typed(struct machine *m, const struct value *v)
{

	switch (v->type) {
	case TYPE_DECIMAL:
		return (put_decimal(m, v));
	case TYPE_INT64:
		return (put_int64(m, v));
	case TYPE_BOOL:
		return (put_bool(m, v));
	case TYPE_DATE:
		return (put_date(m, v));
	case TYPE_BYTES:
		return (put_bytes(m, v));
	default:
		return (put_work(m));
	}
}

int
typed_value(struct machine *m, const struct value *v)
{
	int rc = v->direct ? direct_value(m, v) : DIRECT_NOT;

	if (rc == 1)
		return (m->out->failed ? machine_nomem(m) : 1);
	if (rc != DIRECT_NOT)
		return (rc);
	if (v->type == TYPE_JSON)
		rc = put_json(m, v);
	else {
		rc = make_work(m, v);
		if (rc == 1 && v->ncheck > 0 && check_value(m, v) == -1)
			return (-1);
		if (rc == 1)
			rc = put_typed(m, v);
	}
	return (rc == 1 && m->out->failed ? machine_nomem(m) : rc);
}

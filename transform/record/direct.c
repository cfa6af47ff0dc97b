/* SPDX-License-Identifier: Apache-2.0 */
#include "direct.h"

#include "emit.h"
#include "lib/base/dates.h"
#include "lib/base/zone.h"
#include "transform/value/decimal.h"

static int
put_served_decimal(struct machine *m, const struct value *v, const uint8_t *p,
    size_t n)
{

	if (!decimal_is_served(p, n, v->scale))
		return (DIRECT_NOT);
	emit_quoted(m->out, p, n);
	return (1);
}

/*
 * The local time in ${z} at ${t}, the instant of ${f}: usually unchanged.
 */
static int
show_local(const struct zone *z, const struct dates_fields *f, int64_t t,
    struct dates_fields *local)
{
	int64_t shown;
	int32_t east;

	if (f->zoned || z == NULL)
		return (zone_local(z, t, local));
	(void)dates_micros(f, &shown); /* as if it were UTC */
	east = zone_offset(z, (t - f->micros) / 1000000);
	if (t + (int64_t)east * 1000000 != shown)
		return (zone_local(z, t, local));
	*local = *f;
	local->offset = east;
	local->zoned = true;
	return (0);
}

static int
put_served_date(struct machine *m, const struct value *v, const uint8_t *p,
    size_t n)
{
	static const enum dates_style styles[] = { [DATE_ISO] = DATES_ISO,
		[DATE_UTC] = DATES_UTC, [DATE_DAY] = DATES_DAY };
	struct dates_fields f, local;
	int64_t t;

	if (v->form > DATE_DAY || v->format != NULL ||
	    dates_parse((const char *)p, n, NULL, &f) == -1 ||
	    zone_micros(v->zone, &f, &t) == -1 ||
	    (v->form == DATE_UTC ? zone_local(NULL, t, &local) :
	    show_local(v->zone, &f, t, &local)) == -1)
		return (DIRECT_NOT);
	emit_char(m->out, '"');
	dates_write(&local, styles[v->form], m->out);
	emit_char(m->out, '"');
	return (1);
}

int
direct_value(struct machine *m, const struct value *v)
{
	uint32_t t = m->slot[v->ref->slot];
	const struct scan_token *k = &m->scan.tok[t];

	assert(v->ref->slot < m->prog->nslot);
	if (t == SCAN_NOT_FOUND || k->kind == SCAN_NULL)
		return (0);
	if (k->kind != SCAN_NUMBER && (k->kind != SCAN_STRING || k->escaped))
		return (DIRECT_NOT);
	return (v->type == TYPE_DECIMAL ?
	    put_served_decimal(m, v, scan_ptr(&m->scan, t),
	    scan_len(&m->scan, t)) : put_served_date(m, v,
	    scan_ptr(&m->scan, t), scan_len(&m->scan, t)));
}

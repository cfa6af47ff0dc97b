/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_ZONE_H
#define NF_LIB_BASE_ZONE_H

#include <stdint.h>

/*
 * Time zones of the tz database, with their full history, read from its
 * compiled files (TZif, RFC 8536) under TZDIR or /usr/share/zoneinfo.
 */
struct dates_fields;
struct err;
struct zone;

/**
 * zone_open(name, e):
 * Load the zone ${name}, such as "America/Sao_Paulo", "UTC" or "-03:00".
 * Return it, or NULL with ERR_CONFIG.
 */
struct zone *zone_open(const char *name, struct err *e);
void zone_free(struct zone *z);

/**
 * zone_offset(z, t):
 * Return the seconds east of UTC at ${t} (seconds since 1970, UTC).
 */
int32_t zone_offset(const struct zone *z, int64_t t);

/**
 * zone_to_utc(z, local):
 * Return the time at which the clocks of ${z} showed ${local} (seconds since
 * 1970 as if it were UTC).  If there are two such times, return the earlier;
 * in a gap, where clocks were put forward, use the offset before the gap.
 */
int64_t zone_to_utc(const struct zone *z, int64_t local);

/**
 * zone_micros(z, f, micros):
 * Store the instant of ${f} in microseconds since 1970.  A time without an
 * offset is in zone ${z}.  Return 0, or -1 if ${z} is needed but NULL.
 */
int zone_micros(const struct zone *z, const struct dates_fields *f,
    int64_t *micros);

/**
 * zone_local(z, micros, f):
 * Fill ${f} with the local time of ${z} (NULL: UTC) at ${micros}.
 * Return 0, or -1 if the year is not from 1 to 9999.
 */
int zone_local(const struct zone *z, int64_t micros, struct dates_fields *f);

#endif /* !NF_LIB_BASE_ZONE_H */

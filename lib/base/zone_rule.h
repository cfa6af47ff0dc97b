/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_ZONE_RULE_H
#define NF_LIB_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The rule at the end of a TZif file: a POSIX TZ text such as "<-03>3" or
 * "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 section 3.3).
 */
struct zone_rule_day {
	char kind; /* 'J' 1 to 365, 'D' 0 to 365, 'M' month.week.weekday */
	int month, week, day;
	int32_t time; /* seconds after midnight, local */
};

struct zone_rule {
	int32_t standard; /* seconds east of UTC */
	int32_t summer;
	bool has_summer;
	struct zone_rule_day begin, end; /* of summer time */
};

/**
 * zone_rule_parse(r, text):
 * Parse ${text} into ${r}.  Return 0, or -1 if it is malformed.
 */
int zone_rule_parse(struct zone_rule *r, const char *text);

/**
 * zone_rule_offset(r, t):
 * Return the seconds east of UTC at ${t} (seconds since 1970, UTC).
 */
int32_t zone_rule_offset(const struct zone_rule *r, int64_t t);

#endif /* !NF_LIB_BASE_ZONE_RULE_H */

/* SPDX-License-Identifier: Apache-2.0 */
#include "retry_info.h"

#include <string.h>

#include "load/bigtable/status.pb-c.h"

/* Longer than any sensible delay. */
#define MAX_SECONDS (24 * 60 * 60)
#define MAX_NANOS 999999999 /* google.protobuf.Duration */

int64_t
retry_info_duration_ms(const struct Google__Rpc__Duration *d)
{
	int64_t s, nanos;

	if (d == NULL)
		return (0);
	s = d->seconds < 0 ? 0 :
	    d->seconds > MAX_SECONDS ? MAX_SECONDS : d->seconds;
	nanos = d->nanos < 0 ? 0 :
	    d->nanos > MAX_NANOS ? MAX_NANOS : d->nanos;
	return (s * 1000 + (nanos + 999999) / 1000000);
}

static int64_t
read_delay_ms(const Google__Rpc__Any *any)
{
	Google__Rpc__RetryInfo *info;
	int64_t ms;

	info = google__rpc__retry_info__unpack(NULL, any->value.len,
	    any->value.data);
	if (info == NULL)
		return (-1);
	ms = retry_info_duration_ms(info->retry_delay);
	google__rpc__retry_info__free_unpacked(info, NULL);
	return (ms);
}

int64_t
retry_info_ms(const struct Google__Rpc__Status *s)
{
	size_t i;
	int64_t ms;

	for (i = 0; i < s->n_details; i++)
		if (strcmp(s->details[i]->type_url,
		    "type.googleapis.com/google.rpc.RetryInfo") == 0 &&
		    (ms = read_delay_ms(s->details[i])) >= 0)
			return (ms);
	return (-1);
}

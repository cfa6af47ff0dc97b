/* SPDX-License-Identifier: Apache-2.0 */
#include "retryinfo.h"

#include <string.h>

#include "load/status.pb-c.h"

/* Longer than any delay that is meant. */
#define MAX_SECONDS (24 * 60 * 60)
#define MAX_NANOS 999999999 /* google.protobuf.Duration */

static int64_t
delay_ms(const Google__Rpc__Any *any)
{
	Google__Rpc__RetryInfo *info;
	int64_t ms = 0, s, nanos;

	info = google__rpc__retry_info__unpack(NULL, any->value.len,
	    any->value.data);
	if (info == NULL)
		return (-1);
	if (info->retry_delay != NULL) {
		s = info->retry_delay->seconds;
		s = s < 0 ? 0 : s > MAX_SECONDS ? MAX_SECONDS : s;
		ms = s * 1000;
		nanos = info->retry_delay->nanos;
		nanos = nanos > MAX_NANOS ? MAX_NANOS : nanos;
		if (nanos > 0)
			ms += (nanos + 999999) / 1000000;
	}
	google__rpc__retry_info__free_unpacked(info, NULL);
	return (ms);
}

int64_t
retryinfo_ms(const struct Google__Rpc__Status *s)
{
	size_t i;
	int64_t ms;

	for (i = 0; i < s->n_details; i++)
		if (strcmp(s->details[i]->type_url,
		    "type.googleapis.com/google.rpc.RetryInfo") == 0 &&
		    (ms = delay_ms(s->details[i])) >= 0)
			return (ms);
	return (-1);
}

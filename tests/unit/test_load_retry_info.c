/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/retry_info.h"

#include "check.h"
#include "load/bigtable/status.pb-c.h"

/* What is read of a RetryInfo of so much. */
static int64_t
reads(int64_t seconds, int32_t nanos)
{
	Google__Rpc__Duration delay = GOOGLE__RPC__DURATION__INIT;
	Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
	Google__Rpc__Any any = GOOGLE__RPC__ANY__INIT, *details = &any;
	Google__Rpc__Status s = GOOGLE__RPC__STATUS__INIT;
	uint8_t packed[64];
	char url[] = "type.googleapis.com/google.rpc.RetryInfo";

	delay.seconds = seconds;
	delay.nanos = nanos;
	info.retry_delay = &delay;
	any.type_url = url;
	any.value.data = packed;
	any.value.len = google__rpc__retry_info__pack(&info, packed);
	s.n_details = 1;
	s.details = &details;
	return (retry_info_ms(&s));
}

int
main(void)
{
	Google__Rpc__Status none = GOOGLE__RPC__STATUS__INIT;

	CHECK_INT(retry_info_ms(&none), -1);
	CHECK_INT(retry_info_duration_ms(NULL), 0);
	CHECK_INT(reads(0, 0), 0);
	CHECK_INT(reads(1, 1), 1001);
	CHECK_INT(reads(0, 999999999), 1000);
	/* What no server means. */
	CHECK_INT(reads(0, INT32_MAX), 1000);
	CHECK_INT(reads(0, INT32_MIN), 0);
	CHECK_INT(reads(-5, 0), 0);
	CHECK_INT(reads(INT64_MAX, 0), 86400000);
	return (check_done());
}

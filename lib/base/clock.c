/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dates.h"
#include "sig.h"

int64_t
clock_micros(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

int64_t
clock_mono_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

void
clock_rfc3339(int64_t micros, char out[CLOCK_TEXT])
{
	struct dates_fields f;

	if (dates_of_micros(micros, 0, &f) == -1)
		memset(&f, 0, sizeof(f));
	snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
	    (unsigned)f.year % 10000U, (unsigned)f.month % 100U,
	    (unsigned)f.day % 100U, (unsigned)f.hour % 100U,
	    (unsigned)f.minute % 100U, (unsigned)f.second % 100U,
	    (unsigned)f.micros % 1000000U);
}

void
clock_sleep_ms(int64_t ms)
{
	struct pollfd p = { .fd = sig_fd(), .events = POLLIN };
	int64_t end = clock_mono_ms() + ms, left;

	while (sig_caught() == 0 && (left = end - clock_mono_ms()) > 0)
		(void)poll(&p, 1, left > 60000 ? 60000 : (int)left);
}

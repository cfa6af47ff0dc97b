/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

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
clock_rfc3339(int64_t micros, char out[28])
{
	int64_t us = micros % 1000000;
	time_t s;
	struct tm tm;

	if (us < 0)
		us += 1000000;
	s = (time_t)((micros - us) / 1000000);
	if (gmtime_r(&s, &tm) == NULL || tm.tm_year < -1900 ||
	    tm.tm_year > 8099) {
		snprintf(out, 28, "0000-00-00T00:00:00.000000Z");
		return;
	}
	snprintf(out, 28, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000U,
	    (unsigned)(tm.tm_mon + 1) % 100U, (unsigned)tm.tm_mday % 100U,
	    (unsigned)tm.tm_hour % 100U, (unsigned)tm.tm_min % 100U,
	    (unsigned)tm.tm_sec % 100U, (unsigned)us % 1000000U);
}

void
clock_sleep_ms(int64_t ms)
{
	struct pollfd p = { .fd = sig_fd(), .events = POLLIN };
	int64_t end = clock_mono_ms() + ms, left;

	while (sig_caught() == 0 && (left = end - clock_mono_ms()) > 0)
		(void)poll(&p, 1, left > 60000 ? 60000 : (int)left);
}

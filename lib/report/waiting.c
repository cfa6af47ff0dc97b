/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/sig.h"
#include "msg.h"

#define LONG_MS 2000 /* who waits longer wants to know why */
#define STEP_MS 500

static _Thread_local struct {
	int64_t until; /* clock_mono_ms; 0: nothing is shown */
	int64_t shown; /* seconds that were left */
	char why[512];
	void (*watch)(void *arg);
	void *arg;
} wait;

void
waiting_begin(int64_t ms, const char *fmt, ...)
{
	va_list ap;

	if (ms < LONG_MS || (!msg_is_terminal() && wait.watch == NULL))
		return;
	va_start(ap, fmt);
	vsnprintf(wait.why, sizeof(wait.why), fmt, ap);
	va_end(ap);
	wait.until = clock_mono_ms() + ms;
	wait.shown = 0;
	(void)waiting_step();
}

bool
waiting_step(void)
{
	int64_t left;

	if (wait.until == 0)
		return (false);
	left = (wait.until - clock_mono_ms() + 999) / 1000;
	if (left <= 0) {
		msg_progress("%s", "");
		wait.until = 0;
	} else if (left != wait.shown) {
		msg_progress("retry in %d s%s", (int)left, wait.why);
	} else {
		return (true);
	}
	wait.shown = left;
	if (wait.watch != NULL)
		wait.watch(wait.arg);
	return (wait.until != 0);
}

void
waiting_sleep(int64_t ms)
{
	int64_t end = clock_mono_ms() + ms, left;

	while (sig_caught() == 0 && (left = end - clock_mono_ms()) > 0)
		clock_sleep_ms(waiting_step() && left > STEP_MS ? STEP_MS :
		    left);
	(void)waiting_step();
}

void
waiting_watch(void (*watch)(void *arg), void *arg)
{

	wait.watch = watch;
	wait.arg = arg;
}

void
waiting_text(char *out, size_t n)
{

	out[0] = '\0';
	if (wait.until != 0)
		snprintf(out, n, "retry in %d s%s", (int)wait.shown, wait.why);
}

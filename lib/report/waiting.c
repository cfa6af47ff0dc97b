/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/base/thread.h"
#include "msg.h"

#define LONG_MS 2000 /* the reason of longer waits is shown */
#define STEP_MS 500
#define WAITERS 16   /* threads that may wait; others are not shown */
#define NESTED  3    /* nested calls of one of them */

/* A call that may be slow. */
struct call {
	int64_t since;
	int64_t most; /* when it is given up, or 0 */
	bool seen;    /* it is shown */
	char what[256];
};

/* The pause or the calls of one thread. */
struct waiter {
	bool used;
	int64_t until; /* end of a pause, clock_mono_ms; 0: no pause */
	int64_t shown; /* seconds left when last shown */
	char why[512];
	struct call call[NESTED];
	size_t depth; /* of calls; those over NESTED are not kept */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t stop;
	struct waiter waiter[WAITERS];
	void (*watch)(void *arg);
	void *arg;
	bool runs, stops; /* the thread that shows calls */
	pthread_t thread;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct waiter *mine;

/* Is anyone watching? */
static bool
has_watcher(void)
{

	return (msg_is_terminal() || all.watch != NULL);
}

static void
call_watch(void)
{

	if (all.watch != NULL)
		all.watch(all.arg);
}

/* With the lock: the entry of this thread, or NULL. */
static struct waiter *
take_waiter(void)
{
	size_t i;

	for (i = 0; mine == NULL && i < WAITERS; i++)
		if (!all.waiter[i].used)
			mine = &all.waiter[i];
	if (mine != NULL)
		mine->used = true;
	return (mine);
}

/* With the lock: release the entry of a thread that no longer waits. */
static void
drop_waiter(void)
{

	if (mine == NULL || mine->until != 0 || mine->depth > 0)
		return;
	mine->used = false;
	mine = NULL;
}

static void
describe_pause(const struct waiter *w, char *out, size_t n)
{

	snprintf(out, n, "retry in %d s%s", (int)w->shown, w->why);
}

static void
describe_call(const struct call *c, int64_t now, char *out, size_t n)
{
	char left[48] = "";

	if (c->most > now)
		snprintf(left, sizeof(left), ", gives up in %d s",
		    (int)((c->most - now + 999) / 1000));
	snprintf(out, n, "waiting for %s: %d s%s", c->what,
	    (int)((now - c->since) / 1000), left);
}

void
waiting_begin(int64_t ms, const char *fmt, ...)
{
	struct waiter *w;
	va_list ap;

	if (ms < LONG_MS || !has_watcher())
		return;
	pthread_mutex_lock(&all.lock);
	if ((w = take_waiter()) != NULL) {
		va_start(ap, fmt);
		vsnprintf(w->why, sizeof(w->why), fmt, ap);
		va_end(ap);
		w->until = clock_mono_ms() + ms;
		w->shown = 0;
	}
	pthread_mutex_unlock(&all.lock);
	(void)waiting_step();
}

/* With the lock: show the time left; true if it has changed. */
static bool
step_pause(struct waiter *w)
{
	int64_t left = (w->until - clock_mono_ms() + 999) / 1000;
	char text[600];

	if (left > 0 && left == w->shown)
		return (false);
	w->shown = left;
	if (left <= 0) {
		w->until = 0;
		msg_progress("%s", "");
	} else {
		describe_pause(w, text, sizeof(text));
		msg_progress("%s", text);
	}
	return (true);
}

bool
waiting_step(void)
{
	bool changed, pauses;

	if (mine == NULL || mine->until == 0)
		return (false);
	pthread_mutex_lock(&all.lock);
	changed = step_pause(mine);
	pauses = mine->until != 0;
	drop_waiter();
	pthread_mutex_unlock(&all.lock);
	if (changed)
		call_watch();
	return (pauses);
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

/* With the lock: is a thread pausing?  A pause is shown before any call. */
static const struct waiter *
find_pause(void)
{
	size_t i;

	for (i = 0; i < WAITERS; i++)
		if (all.waiter[i].used &&
		    all.waiter[i].until > clock_mono_ms())
			return (&all.waiter[i]);
	return (NULL);
}

/* The innermost slow call of a thread, or NULL. */
static struct call *
find_long_call(struct waiter *w, int64_t now)
{
	size_t i = w->depth < NESTED ? w->depth : NESTED;

	while (i-- > 0)
		if (now - w->call[i].since >= LONG_MS)
			return (&w->call[i]);
	return (NULL);
}

/* With the lock: the slow call that began first. */
static struct call *
find_call(int64_t now)
{
	struct call *c, *oldest = NULL;
	size_t i;

	for (i = 0; i < WAITERS; i++)
		if (all.waiter[i].used &&
		    (c = find_long_call(&all.waiter[i], now)) != NULL &&
		    (oldest == NULL || c->since < oldest->since))
			oldest = c;
	return (oldest);
}

/* With the lock: show the longest slow call; true if there is one. */
static bool
show_long_call(void)
{
	int64_t now = clock_mono_ms();
	struct call *c = find_call(now);
	char text[400];

	if (c == NULL || find_pause() != NULL)
		return (false);
	c->seen = true;
	describe_call(c, now, text, sizeof(text));
	msg_progress("%s", text);
	return (true);
}

static void *
run_watcher(void *arg)
{
	struct timespec at;
	bool shown;

	(void)arg;
	pthread_mutex_lock(&all.lock);
	while (!all.stops) {
		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_nsec += STEP_MS * 1000000L;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&all.stop, &all.lock, &at);
		if (all.stops)
			break;
		shown = show_long_call();
		pthread_mutex_unlock(&all.lock);
		if (shown)
			call_watch();
		pthread_mutex_lock(&all.lock);
	}
	pthread_mutex_unlock(&all.lock);
	return (NULL);
}

/* With the lock: if the thread cannot start, slow calls are not shown. */
static void
start_watcher(void)
{
	struct err ignored = { .class = ERR_NONE };
	pthread_condattr_t a;

	if (all.runs || all.stops)
		return;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&all.stop, &a);
	pthread_condattr_destroy(&a);
	all.runs = thread_start(&all.thread, run_watcher, NULL, &ignored) == 0;
}

void
waiting_enter(int64_t most_ms, const char *fmt, ...)
{
	struct waiter *w;
	struct call *c;
	va_list ap;

	if (!has_watcher())
		return;
	pthread_mutex_lock(&all.lock);
	start_watcher();
	if ((w = take_waiter()) != NULL && w->depth++ < NESTED) {
		c = &w->call[w->depth - 1];
		va_start(ap, fmt);
		vsnprintf(c->what, sizeof(c->what), fmt, ap);
		va_end(ap);
		c->since = clock_mono_ms();
		c->most = most_ms == 0 ? 0 : c->since + most_ms;
		c->seen = false;
	}
	pthread_mutex_unlock(&all.lock);
}

void
waiting_leave(void)
{
	bool seen = false;

	if (mine == NULL || mine->depth == 0)
		return;
	pthread_mutex_lock(&all.lock);
	if (--mine->depth < NESTED)
		seen = mine->call[mine->depth].seen;
	if (seen)
		msg_progress("%s", "");
	drop_waiter();
	pthread_mutex_unlock(&all.lock);
	if (seen)
		call_watch();
}

bool
waiting_is_long(void)
{
	bool is_long;

	if (!has_watcher())
		return (false);
	pthread_mutex_lock(&all.lock);
	is_long = find_call(clock_mono_ms()) != NULL;
	pthread_mutex_unlock(&all.lock);
	return (is_long);
}

void
waiting_watch(void (*watch)(void *arg), void *arg)
{
	bool runs;

	assert(watch != NULL || arg == NULL);
	pthread_mutex_lock(&all.lock);
	runs = all.runs && watch == NULL;
	if (watch == NULL) {
		all.stops = true;
		all.runs = false;
		if (runs)
			pthread_cond_signal(&all.stop);
	}
	pthread_mutex_unlock(&all.lock);
	if (runs) {
		pthread_join(all.thread, NULL);
		pthread_cond_destroy(&all.stop);
	}
	all.watch = watch;
	all.arg = arg;
}

void
waiting_text(char *out, size_t n)
{
	int64_t now = clock_mono_ms();
	const struct waiter *w;
	const struct call *c;

	out[0] = '\0';
	pthread_mutex_lock(&all.lock);
	if ((w = find_pause()) != NULL)
		describe_pause(w, out, n);
	else if ((c = find_call(now)) != NULL)
		describe_call(c, now, out, n);
	pthread_mutex_unlock(&all.lock);
}

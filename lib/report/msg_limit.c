/* SPDX-License-Identifier: Apache-2.0 */
#include "msg_limit.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* More events than exist (nf-log(5)); events that do not fit are shown. */
#define EVENTS 32

static struct {
	const char *event;
	int64_t since; /* when this second began */
	unsigned int shown; /* in it */
	uint64_t hidden;
} limits[EVENTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The index of ${event}; EVENTS if there is no room left. */
static size_t
find_event(const char *event, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < EVENTS && limits[i].event != NULL; i++)
		if (strcmp(limits[i].event, event) == 0)
			return (i);
	if (i < EVENTS) {
		limits[i].event = event;
		limits[i].since = now_ms;
	}
	return (i);
}

bool
msg_limit_allow(const char *event, int64_t now_ms, uint64_t *hidden)
{
	bool shown = true;
	size_t i;

	*hidden = 0;
	pthread_mutex_lock(&lock);
	if ((i = find_event(event, now_ms)) == EVENTS)
		goto done;
	assert(limits[i].event != NULL);
	if (now_ms - limits[i].since >= 1000) {
		limits[i].since = now_ms;
		limits[i].shown = 0;
	}
	if (limits[i].shown < MSG_LIMIT_PER_SECOND) {
		limits[i].shown++;
		*hidden = limits[i].hidden;
		limits[i].hidden = 0;
	} else {
		limits[i].hidden++;
		shown = false;
	}
done:
	pthread_mutex_unlock(&lock);
	return (shown);
}

const char *
msg_limit_rest(uint64_t *hidden)
{
	const char *event = NULL;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < EVENTS && event == NULL; i++)
		if (limits[i].hidden > 0) {
			event = limits[i].event;
			*hidden = limits[i].hidden;
			limits[i].hidden = 0;
		}
	pthread_mutex_unlock(&lock);
	return (event);
}

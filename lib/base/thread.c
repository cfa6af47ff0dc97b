/* SPDX-License-Identifier: Apache-2.0 */
#include "thread.h"

#include <signal.h>
#include <string.h>

#include "err.h"

int
thread_start(pthread_t *t, void *(*run)(void *), void *arg, struct err *e)
{
	sigset_t all, was;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	code = pthread_create(t, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (code != 0)
		return (err_set(e, ERR_IO, "cannot start a thread: %s",
		    strerror(code)));
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "err.h"

/*
 * Signal handlers have no argument for data, so this state is global.  All
 * threads read it; a handler may use lock-free atomics (C11 7.14.1.1).
 */
static atomic_int caught;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "int is lock-free");
static int wake[2] = { -1, -1 };

static void
note_signal(int signo)
{
	int saved = errno, none = 0;

	if (atomic_compare_exchange_strong(&caught, &none, signo)) {
		/* One byte, which nobody reads, keeps sig_fd() readable. */
		if (write(wake[1], "", 1) == -1) {
			/* The pipe is full of such bytes: also readable. */
		}
	}
	errno = saved;
}

static int
install_handler(int signo, void (*handler)(int))
{
	struct sigaction sa;

	if (sigaction(signo, NULL, &sa) == -1)
		return (-1);
	if (handler == note_signal && sa.sa_handler == SIG_IGN)
		return (0);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sigemptyset(&sa.sa_mask);
	return (sigaction(signo, &sa, NULL));
}

int
sig_init(struct err *e)
{

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) == -1)
		return (err_errno(e, ERR_IO, "pipe"));
	/* A closed pipe and a file over the limit are errors of write(2). */
	if (install_handler(SIGPIPE, SIG_IGN) == -1 ||
	    install_handler(SIGXFSZ, SIG_IGN) == -1 ||
	    install_handler(SIGINT, note_signal) == -1 ||
	    install_handler(SIGTERM, note_signal) == -1 ||
	    install_handler(SIGHUP, note_signal) == -1)
		return (err_errno(e, ERR_BUG, "sigaction"));
	return (0);
}

int
sig_caught(void)
{

	return (atomic_load(&caught));
}

int
sig_fd(void)
{

	return (wake[0]);
}

int
sig_check(struct err *e)
{
	int signo = atomic_load(&caught);

	if (signo == 0)
		return (0);
	if (signo == SIGALRM)
		return (err_set_code(e, ERR_TEMP, "timeout", "stopped: "
		    "--timeout is over"));
	err_set(e, ERR_SIGNAL, "stopped by signal %d (%s)", signo,
	    strsignal(signo));
	e->signo = signo;
	return (-1);
}

int
sig_take(void)
{
	char byte;

	while (read(wake[0], &byte, 1) == 1)
		;
	return (atomic_exchange(&caught, 0));
}

int
sig_deadline(uint64_t ms, struct err *e)
{
	const struct itimerval in = { .it_value = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) } };

	if (install_handler(SIGALRM, note_signal) == -1 ||
	    setitimer(ITIMER_REAL, &in, NULL) == -1)
		return (err_errno(e, ERR_BUG, "setitimer"));
	return (0);
}

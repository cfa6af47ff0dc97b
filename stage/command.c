/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"

#define NOT_EXECUTABLE 126 /* as used by shells */
#define NOT_FOUND      127
#define LOOK_MS        20   /* between two checks for its end */
#define MERCY_MS       1000 /* from SIGTERM to SIGKILL */

static int
refuse_command(const struct command *c, int error, struct err *e)
{

	errno = error;
	if (error == ENOMEM || error == EAGAIN || error == EMFILE ||
	    error == ENFILE)
		return (err_errno(e, ERR_IO, "%s: cannot be started", c->name));
	return (err_set_code(e, ERR_CONFIG, "no_command", "%s: cannot be "
	    "executed: %s", c->name, strerror(error)));
}

/* Reset ignored signals for the command, and give it our pipes. */
static int
spawn_command(struct command *c, char *const *argv, int in, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int rc;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return (rc);
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto no_attr;
	if ((rc = posix_spawnattr_setsigdefault(&attr, &set)) == 0 &&
	    (rc = posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGDEF)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, in,
	    STDIN_FILENO)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, out,
	    STDOUT_FILENO)) == 0)
		rc = posix_spawnp(&c->pid, argv[0], &files, &attr, argv,
		    environ);
	if (rc != 0)
		c->pid = -1;
	posix_spawnattr_destroy(&attr);
no_attr:
	posix_spawn_file_actions_destroy(&files);
	return (rc);
}

int
command_start(struct command *c, char *const *argv, struct err *e)
{
	int in[2], out[2], rc;

	*c = (struct command){ .name = argv[0], .pid = -1, .to = -1,
		.from = -1 };
	if (pipe2(in, O_CLOEXEC) == -1)
		return (err_errno(e, ERR_IO, "pipe"));
	c->to = in[1];
	if (pipe2(out, O_CLOEXEC) == -1) {
		close(in[0]);
		return (err_errno(e, ERR_IO, "pipe"));
	}
	c->from = out[0];
	io_widen(c->to);
	rc = fcntl(c->to, F_SETFL, O_NONBLOCK) == -1 ? errno :
	    spawn_command(c, argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	return (rc == 0 ? 0 : refuse_command(c, rc, e));
}

ssize_t
command_write(struct command *c, const void *p, size_t n, struct err *e)
{
	ssize_t put;

	assert(c->to != -1);
	if ((put = write(c->to, p, n)) >= 0)
		return (put);
	if (errno == EPIPE) {
		command_close(c);
		return ((ssize_t)n);
	}
	if (errno == EAGAIN || errno == EINTR)
		return (0);
	return (err_errno(e, ERR_IO, "%s: write", c->name));
}

void
command_close(struct command *c)
{

	if (c->to != -1)
		close(c->to);
	c->to = -1;
}

int
command_wait(struct command *c, int64_t ms, struct err *e)
{
	struct pollfd p = { .fd = sig_fd(), .events = POLLIN };
	int64_t end = clock_mono_ms() + ms;
	int wait_ms = 1;
	pid_t got;

	while (c->pid != -1) {
		if ((got = waitpid(c->pid, &c->status, WNOHANG)) == c->pid) {
			c->pid = -1;
			break;
		}
		if (got == -1 && errno != EINTR)
			return (err_errno(e, ERR_BUG, "waitpid"));
		if (ms != -1 && clock_mono_ms() >= end)
			return (0);
		if (poll(&p, 1, wait_ms) == 1 && sig_check(e) == -1)
			return (-1);
		wait_ms = wait_ms < LOOK_MS ? wait_ms + 1 : LOOK_MS;
	}
	return (1);
}

int
command_judge(const struct command *c,
    const uint8_t ok[COMMAND_MAX_CODE / 8 + 1], struct err *e)
{
	int code = WEXITSTATUS(c->status);

	assert(c->pid == -1);
	if (WIFSIGNALED(c->status))
		return (err_set_code(e, ERR_IO, "command_killed", "%s: ended "
		    "by signal %d (%s)", c->name, WTERMSIG(c->status),
		    strsignal(WTERMSIG(c->status))));
	if (code <= COMMAND_MAX_CODE && (ok[code / 8] & 1U << code % 8) != 0)
		return (0);
	if (code == NOT_EXECUTABLE || code == NOT_FOUND)
		return (err_set_code(e, ERR_CONFIG, "no_command", "%s: exit "
		    "code %d: a command was not %s", c->name, code,
		    code == NOT_FOUND ? "found" : "executable"));
	return (err_set_code(e, ERR_DATA, "command_failed", "%s: exit code "
	    "%d%s", c->name, code, code == 1 ? "; if this means success, as "
	    "with grep without a match, use --ok 0,1" : ""));
}

void
command_stop(struct command *c)
{
	int64_t end = clock_mono_ms() + MERCY_MS;

	command_close(c);
	if (c->from != -1)
		close(c->from);
	c->from = -1;
	if (c->pid == -1)
		return;
	kill(c->pid, SIGTERM);
	while (waitpid(c->pid, &c->status, WNOHANG) == 0) {
		if (clock_mono_ms() >= end)
			kill(c->pid, SIGKILL);
		(void)poll(NULL, 0, 1);
	}
	c->pid = -1;
}

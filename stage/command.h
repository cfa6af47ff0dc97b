/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_COMMAND_H
#define NF_STAGE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Another program as a filter: a process with a pipe to its stdin and one
 * from its stdout.
 */
struct err;

#define COMMAND_MAX_CODE 125 /* above are the shell's, and signals */

struct command {
	const char *name; /* borrowed, for messages */
	pid_t pid;        /* -1: none, or waited for */
	int to;           /* its stdin, does not block; -1: closed */
	int from;         /* its stdout; -1: closed */
	int status;       /* of waitpid, once it has ended */
};

/**
 * command_start(c, argv, e):
 * Start ${argv}, found on PATH.  Return 0, or -1: ERR_CONFIG (code
 * no_command) if it cannot be executed, or ERR_IO.  Either way command_stop
 * is due.
 */
int command_start(struct command *c, char *const *argv, struct err *e);

/**
 * command_write(c, p, n, e):
 * Write what goes into the pipe of the ${n} bytes at ${p}, without waiting.
 * Return how many went; all of them if nobody reads there any more, after
 * which the pipe is closed; or -1 (ERR_IO).
 */
ssize_t command_write(struct command *c, const void *p, size_t n,
    struct err *e);

/**
 * command_close(c):
 * It has read all there is: its input ends.
 */
void command_close(struct command *c);

/**
 * command_wait(c, ms, e):
 * Wait ${ms} milliseconds at most (-1: as long as it takes) for its end.
 * Return 1 if it has ended, 0 if time is up, -1 on ERR_SIGNAL.
 */
int command_wait(struct command *c, int64_t ms, struct err *e);

/**
 * command_judge(c, ok, e):
 * It has ended: return 0 if its exit code is a set bit of ${ok}, bit N%8 of
 * byte N/8, else -1: ERR_IO if a signal ended it (code command_killed),
 * ERR_CONFIG for 126 and 127 (no_command), otherwise ERR_DATA
 * (command_failed).
 */
int command_judge(const struct command *c,
    const uint8_t ok[COMMAND_MAX_CODE / 8 + 1], struct err *e);

/**
 * command_stop(c):
 * Close the pipes; end the process if it has not, by SIGTERM and a second
 * later by SIGKILL.
 */
void command_stop(struct command *c);

#endif /* !NF_STAGE_COMMAND_H */

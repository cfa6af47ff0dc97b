/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_COMMAND_H
#define NF_STAGE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Another program used as a filter: a process with a pipe to its stdin and a
 * pipe from its stdout.
 */
struct err;

#define COMMAND_MAX_CODE 125 /* higher codes: the shell's, and signals */

struct command {
	const char *name; /* borrowed, for messages */
	pid_t pid;        /* -1: none, or waited for */
	int to;           /* its stdin, nonblocking; -1: closed */
	int from;         /* its stdout; -1: closed */
	int status;       /* from waitpid, once it has ended */
};

/**
 * command_start(c, argv, e):
 * Start ${argv}, searched on PATH.  Return 0, or -1: ERR_CONFIG (code
 * no_command) if it cannot be executed, or ERR_IO.  Call command_stop in both
 * cases.
 */
int command_start(struct command *c, char *const *argv, struct err *e);

/**
 * command_write(c, p, n, e):
 * Write as many of the ${n} bytes at ${p} as the pipe accepts without waiting.
 * Return the number of bytes written, or -1 (ERR_IO).  If nobody reads from
 * the pipe any more, close it and return ${n}.
 */
ssize_t command_write(struct command *c, const void *p, size_t n,
    struct err *e);

/**
 * command_close(c):
 * Close the pipe to its stdin: its input ends here.
 */
void command_close(struct command *c);

/**
 * command_wait(c, ms, e):
 * Wait at most ${ms} milliseconds (-1: no limit) for the process to end.
 * Return 1 if it has ended, 0 if time is up, -1 on ERR_SIGNAL.
 */
int command_wait(struct command *c, int64_t ms, struct err *e);

/**
 * command_judge(c, ok, e):
 * Judge a process that has ended.  Return 0 if the bit for its exit code N is
 * set in ${ok} (bit N%8 of byte N/8), else -1: ERR_IO if a signal ended it
 * (code command_killed), ERR_CONFIG for 126 and 127 (no_command), otherwise
 * ERR_DATA (command_failed).
 */
int command_judge(const struct command *c,
    const uint8_t ok[COMMAND_MAX_CODE / 8 + 1], struct err *e);

/**
 * command_stop(c):
 * Close the pipes.  If the process still runs, end it by SIGTERM and, a second
 * later, by SIGKILL.
 */
void command_stop(struct command *c);

#endif /* !NF_STAGE_COMMAND_H */

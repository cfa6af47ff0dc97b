/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SIG_H
#define NF_LIB_BASE_SIG_H

/*
 * Signals.  SIGINT, SIGTERM and SIGHUP are recorded and acted on between two
 * steps.  SIGPIPE and SIGXFSZ are ignored, so that a closed pipe and a file
 * over RLIMIT_FSIZE are errors like any other (ERR_PIPE, ERR_IO).
 */
#include <stdint.h>

struct err;

/**
 * sig_init(e):
 * Install the handlers.  A signal that was ignored at the start (nohup) stays
 * ignored.  Return 0 or -1.
 */
int sig_init(struct err *e);

/**
 * sig_caught():
 * Return the first signal caught, or 0.
 */
int sig_caught(void);

/**
 * sig_fd():
 * Return a descriptor that is readable (POLLIN) once a signal has been caught;
 * -1 before sig_init.  Do not read from it.
 */
int sig_fd(void);

/**
 * sig_check(e):
 * Return 0, or -1 with ERR_SIGNAL if a signal has been caught.
 */
int sig_check(struct err *e);

/**
 * sig_take():
 * Return the signal that was caught and clear it, so that the cleanup after it
 * is not interrupted by it; the next signal is caught again.
 */
int sig_take(void);

/**
 * sig_deadline(ms, e):
 * After ${ms} milliseconds, everything that checks for a signal ends as if one
 * had been caught, but with ERR_TEMP (code timeout).  Return 0 or -1.
 */
int sig_deadline(uint64_t ms, struct err *e);

#endif /* !NF_LIB_BASE_SIG_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SIG_H
#define NF_LIB_BASE_SIG_H

/*
 * Signals: SIGINT, SIGTERM and SIGHUP are noted, to be acted on between two
 * steps; SIGPIPE and SIGXFSZ are ignored, so that a closed reader and a file
 * over RLIMIT_FSIZE are errors like any other (ERR_PIPE, ERR_IO).
 */
#include <stdint.h>

struct err;

/**
 * sig_init(e):
 * Install the handlers.  A signal that was ignored at start (nohup) stays
 * so.  Return 0 or -1.
 */
int sig_init(struct err *e);

/**
 * sig_caught():
 * Return the first signal caught, or 0.
 */
int sig_caught(void);

/**
 * sig_fd():
 * Return a descriptor that is readable (POLLIN) once a signal was caught;
 * -1 before sig_init.  It must not be read from.
 */
int sig_fd(void);

/**
 * sig_check(e):
 * Return 0, or -1 with ERR_SIGNAL if a signal was caught.
 */
int sig_check(struct err *e);

/**
 * sig_take():
 * Forget the signal that was caught, so that what must be done because of it
 * can be done, and return it; the next one is caught anew.
 */
int sig_take(void);

/**
 * sig_deadline(ms, e):
 * In ${ms} milliseconds all that looks for a signal ends as if one had come,
 * but with ERR_TEMP (code timeout).  Return 0 or -1.
 */
int sig_deadline(uint64_t ms, struct err *e);

#endif /* !NF_LIB_BASE_SIG_H */

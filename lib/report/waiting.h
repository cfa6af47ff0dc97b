/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_WAITING_H
#define NF_LIB_REPORT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Long waits on a terminal: shows the reason, with the time that has passed or
 * is left, instead of the progress line.  Waits of less than two seconds show
 * nothing.  A pause before a retry is shown by the thread that pauses.  A slow
 * call, such as a write to a slow disk, is shown by a thread of this module,
 * which is started only if someone watches.
 */

/**
 * waiting_begin(ms, fmt, ...):
 * A pause of ${ms} milliseconds before the next attempt begins.  The text, such
 * as " (3 of 8): HTTP 503", has the number of the attempt and the reason.
 */
void waiting_begin(int64_t ms, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * waiting_step():
 * Show the time left of the pause, or clear the line when it is over; call this
 * about every half second while waiting.  Return true if a pause is shown.
 */
bool waiting_step(void);

/**
 * waiting_sleep(ms):
 * Sleep for ${ms} milliseconds, or until a signal is caught, and show the
 * pause in the meantime.
 */
void waiting_sleep(int64_t ms);

/**
 * waiting_enter(most_ms, fmt, ...), waiting_leave():
 * This thread begins or ends a call that may be slow: "the disk: part 3 is
 * written".  After two seconds and until waiting_leave, the text is shown with
 * the time that has passed and, unless ${most_ms} is 0, the time left until the
 * call is given up.  Calls may nest: the inner call is shown once it is slow
 * itself.
 */
void waiting_enter(int64_t most_ms, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void waiting_leave(void);

/**
 * waiting_is_long():
 * Return true if a slow call is shown; progress is not shown then.
 */
bool waiting_is_long(void);

/**
 * waiting_watch(watch, arg):
 * Call ${watch} with ${arg} when a long wait begins, every second of it, and
 * when it is over; any thread may make the call.  NULL, at the end of the
 * program: show nothing from now on.
 */
void waiting_watch(void (*watch)(void *arg), void *arg);

/**
 * waiting_text(out, n):
 * Write the reason of the current wait into the ${n} bytes at ${out}; "" if
 * nothing is waiting.
 */
void waiting_text(char *out, size_t n);

#endif /* !NF_LIB_REPORT_WAITING_H */

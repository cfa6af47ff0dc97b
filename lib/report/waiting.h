/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_WAITING_H
#define NF_LIB_REPORT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a person on a terminal sees of a long wait: its reason, with the time
 * that has passed or is left, in the place of the progress line.  Waits of
 * less than two seconds show nothing.  A pause before a retry is shown by the
 * thread that pauses; a call that takes long, such as a write to a slow disk,
 * by a thread of this module, which is started only if somebody watches.
 */

/**
 * waiting_begin(ms, fmt, ...):
 * From now on ${ms} milliseconds pass before the next try; the text, such as
 * " (3 of 8): HTTP 503", says which that is and why.
 */
void waiting_begin(int64_t ms, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * waiting_step():
 * Show what is left of the pause, or clear the line when it is over; call it
 * about every half second while waiting.  Return true if a pause is shown.
 */
bool waiting_step(void);

/**
 * waiting_sleep(ms):
 * Sleep so long, or less if a signal comes, and show the pause meanwhile.
 */
void waiting_sleep(int64_t ms);

/**
 * waiting_enter(most_ms, fmt, ...), waiting_leave():
 * This thread calls what may take long: "the disk: part 3 is written".  After
 * two seconds that is shown, with the time it has taken and, unless
 * ${most_ms} is 0, how much longer it is waited for, until waiting_leave.  They
 * may nest: the inner call is shown once it takes long itself.
 */
void waiting_enter(int64_t most_ms, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void waiting_leave(void);

/**
 * waiting_is_long():
 * Return true if a call that takes long is shown: then progress is not.
 */
bool waiting_is_long(void);

/**
 * waiting_watch(watch, arg):
 * Call ${watch} with ${arg} when a long wait begins, each second of it, and
 * when it is over, in whatever thread sees that.  With NULL, for the end of
 * the program: nothing is shown any more.
 */
void waiting_watch(void (*watch)(void *arg), void *arg);

/**
 * waiting_text(out, n):
 * Write what is waited for into the ${n} bytes at ${out}; "" for nothing.
 */
void waiting_text(char *out, size_t n);

#endif /* !NF_LIB_REPORT_WAITING_H */

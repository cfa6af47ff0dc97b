/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_WAITING_H
#define NF_LIB_REPORT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a person on a terminal sees of a long wait: its reason, with the time
 * that is left, in the place of the progress line.  Short waits, and those
 * that nobody looks at, show nothing.  Each thread has its own.
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
 * Show what is left, or clear the line when it is over; to be called about
 * every half second while waiting.  Return true if a wait is still shown.
 */
bool waiting_step(void);

/**
 * waiting_sleep(ms):
 * Sleep so long, or less if a signal comes, and show the wait meanwhile.
 */
void waiting_sleep(int64_t ms);

/**
 * waiting_watch(watch, arg):
 * Call ${watch} with ${arg} when a wait of this thread begins, each second of
 * it, and when it is over: for who shows it elsewhere.
 */
void waiting_watch(void (*watch)(void *arg), void *arg);

/**
 * waiting_text(out, n):
 * Write what this thread waits for into the ${n} bytes at ${out}; "" if it
 * does not wait.
 */
void waiting_text(char *out, size_t n);

#endif /* !NF_LIB_REPORT_WAITING_H */

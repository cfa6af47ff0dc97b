/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_WINDOW_H
#define NF_STAGE_JOB_WINDOW_H

#include <stdint.h>

/*
 * The windows of a job: its time is cut, without gaps or overlaps, where the
 * clocks of its zone show a multiple of the step.  A day begins at its first
 * midnight, or, where the clocks skip midnight, at the first instant after it.
 * An hour that occurs twice is two windows; a day that does not exist has no
 * window.
 *
 * A feed with a cursor has windows without times: window number N is [N, N +
 * 1).
 */
struct zone;

#define JOB_WINDOW_LABEL 32 /* bytes of a label, with its NUL */

/* How long a window is. */
enum job_every { JOB_MINUTES, JOB_DAY, JOB_WEEK, JOB_MONTH, JOB_CURSOR };

/* How time is cut. */
struct job_plan {
	enum job_every every;
	int64_t step_s; /* for JOB_MINUTES: seconds */
	struct zone *zone;
};

/* Half-open: [from, until), seconds since 1970. */
struct job_window {
	int64_t from, until;
};

/**
 * job_window_at(p, t, w):
 * Set ${w} to the window that contains ${t}.
 */
void job_window_at(const struct job_plan *p, int64_t t, struct job_window *w);

/**
 * job_window_next(p, w):
 * Set ${w} to the next window.
 */
void job_window_next(const struct job_plan *p, struct job_window *w);

/**
 * job_window_label(p, w, label):
 * Write the name of ${w}: "000001" for a cursor, "2026-01" for a month,
 * "2026-01-31" for a day, the date of its Monday for a week, "2026-01-31T1400"
 * for a shorter window, with the offset from UTC, "2026-02-17T2300-0300",
 * where that time occurs twice.
 */
void job_window_label(const struct job_plan *p, const struct job_window *w,
    char label[JOB_WINDOW_LABEL]);

/**
 * job_window_read(p, label, w):
 * Set ${w} to the window named ${label}.  Return 0, or -1 if there is no such
 * window.
 */
int job_window_read(const struct job_plan *p, const char *label,
    struct job_window *w);

#endif /* !NF_STAGE_JOB_WINDOW_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_WINDOW_H
#define NF_STAGE_JOB_WINDOW_H

#include <stdint.h>

/*
 * The windows of a job: its time, without gaps and overlaps, cut where the
 * clocks of its zone show a multiple of the step.  A day begins at its first
 * midnight, or at what comes instead where the clocks skip it; an hour that
 * comes twice is two windows; a day that does not exist has no window.
 *
 * A feed that is gone on with by a cursor has windows without times: number N
 * is [N, N + 1).
 */
struct zone;

#define JOB_WINDOW_LABEL 32 /* bytes of a label, with its NUL */

/* How long a window is. */
enum job_every { JOB_MINUTES, JOB_DAY, JOB_WEEK, JOB_MONTH, JOB_CURSOR };

/* How time is cut. */
struct job_plan {
	enum job_every every;
	int64_t step_s; /* of JOB_MINUTES: seconds */
	struct zone *zone;
};

/* Half-open: [from, until), seconds since 1970. */
struct job_window {
	int64_t from, until;
};

/**
 * job_window_at(p, t, w):
 * Make ${w} the window in which ${t} is.
 */
void job_window_at(const struct job_plan *p, int64_t t, struct job_window *w);

/**
 * job_window_next(p, w):
 * Make ${w} the window after it.
 */
void job_window_next(const struct job_plan *p, struct job_window *w);

/**
 * job_window_label(p, w, label):
 * Write the name of ${w}: "000001" of a cursor, "2026-01" of a month,
 * "2026-01-31" of a day, or of the Monday of a week, "2026-01-31T1400" of less,
 * with the offset from UTC, "2026-02-17T2300-0300", where that time comes
 * twice.
 */
void job_window_label(const struct job_plan *p, const struct job_window *w,
    char label[JOB_WINDOW_LABEL]);

/**
 * job_window_read(p, label, w):
 * Make ${w} the window of that name.  Return 0, or -1 if absent.
 */
int job_window_read(const struct job_plan *p, const char *label,
    struct job_window *w);

#endif /* !NF_STAGE_JOB_WINDOW_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_H
#define NF_STAGE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "job_window.h"

/*
 * A job file, nf-job(5): one feed, and the windows into which its time is cut.
 * Only this code reads the file; all other code uses struct job.
 */
struct err;
struct json_t;

struct job {
	struct json_t *doc;
	char *name, *source, *stage, *mapping, *target; /* paths resolved */
	char *reject_stage;      /* NULL: next to the runs */
	char *except;            /* a file of row keys that no load writes */
	const char *max_rejects; /* NULL: none are allowed */
	const char *zone_name;   /* "UTC" if the job has none */
	const char *require_proof; /* "total", "end"; NULL: any proof */
	struct job_plan plan;
	int64_t since;     /* start of its first window: seconds since 1970 */
	const char *first; /* cursor with which the first run begins */
	uint64_t lookback; /* windows fetched again before a new one */
	int64_t delay_s;   /* a window is due this long after its end */
	int64_t late_s;    /* and late this long after it; 0: never */
	bool retry_empty;  /* an empty window is not final until it is late */
};

/**
 * job_read(j, path, e):
 * Read the job file ${path}; paths in it are relative to its folder.  Return
 * 0, or -1: ERR_CONFIG (code bad_job) with a pointer to the invalid member.
 * The caller frees ${j} in both cases.
 */
int job_read(struct job *j, const char *path, struct err *e);

/**
 * job_free(j):
 * Free the memory of ${j}.
 */
void job_free(struct job *j);

#endif /* !NF_STAGE_JOB_H */

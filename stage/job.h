/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_H
#define NF_STAGE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "job_window.h"

/*
 * A job file, nf-job(5): one feed, and the windows into which its time is
 * cut.  This is the one reader of it; others are given what it says.
 */
struct err;
struct json_t;

struct job {
	struct json_t *doc;
	char *name, *source, *stage, *mapping, *target; /* paths resolved */
	char *reject_stage;      /* NULL: beside the runs */
	char *except;            /* a file of keys: rows that no load writes */
	const char *max_rejects; /* NULL: none are allowed */
	const char *zone_name;   /* "UTC" if the job has none */
	const char *require_proof; /* "total", "end"; NULL: any will do */
	struct job_plan plan;
	int64_t since;     /* its first window begins: seconds since 1970 */
	const char *first; /* of a cursor: where the first run begins */
	uint64_t lookback; /* windows fetched once more before a new one */
	int64_t delay_s;   /* a window is due so long after its end */
	int64_t late_s;    /* and late so long after it; 0: never */
	bool retry_empty;  /* an empty window is not final until it is late */
};

/**
 * job_read(j, path, e):
 * Read the job file ${path}; what it names is relative to its folder.  Return
 * 0, or -1: ERR_CONFIG (code bad_job) with the pointer of what is wrong.
 * ${j} is to be freed in both cases.
 */
int job_read(struct job *j, const char *path, struct err *e);

/**
 * job_free(j):
 * Free what ${j} holds.
 */
void job_free(struct job *j);

#endif /* !NF_STAGE_JOB_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_LEDGER_H
#define NF_STAGE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job_window.h"
#include "lib/base/sha256.h"
#include "lib/stream/proof.h"

/*
 * The state of the windows of a job, computed from the run.json, the manifest
 * and the notes of its runs: PREFIX/NAME/WINDOW and, for later revisions of a
 * window, PREFIX/NAME/WINDOW.r2 and so on.  The ledger itself is not stored.
 */
struct job;

#define LEDGER_RUN 64 /* bytes of the last part of a run's URI, with its NUL */

enum ledger_state {
	LEDGER_MISSING,
	LEDGER_BEGUN,
	LEDGER_COMMITTED,
	LEDGER_PARTIAL, /* committed on purpose before the end */
	LEDGER_LOADED,
	LEDGER_AUDITED
};

struct ledger_run {
	struct job_window window;
	char label[JOB_WINDOW_LABEL];
	char name[LEDGER_RUN]; /* the label, and ".rN" for revision N */
	uint64_t revision;     /* 1, 2, ... */
	enum ledger_state state;
	uint64_t records, rejects, raw_size;
	uint32_t raw_crc32c;
	int64_t start, end;    /* microseconds since 1970; 0: not yet */
	enum proof_by proof;
	char mapping[17];      /* hash of the mapping used to load it */
	char same_as[LEDGER_RUN]; /* the run with the same records; "" */
	char source[SHA256_HEX];  /* hash, from its run.json */
	bool moved;       /* this window had another time range then */
	int64_t lookback; /* begin of the later window for which it was
			     fetched once more; 0: for none */
};

struct ledger {
	struct ledger_run *run; /* by window, then by revision */
	size_t n;
};

/**
 * ledger_free(l):
 * Free the memory of ${l}.
 */
void ledger_free(struct ledger *l);

/**
 * ledger_newest(l, w):
 * Return the newest revision of window ${w}, or NULL if the window has no run.
 */
const struct ledger_run *ledger_newest(const struct ledger *l,
    const struct job_window *w);

/**
 * ledger_is_done(l, j, r, now):
 * Return true if nothing remains to be done for the window whose newest run is
 * ${r} (NULL: it has no run) at ${now}, seconds since 1970.
 */
bool ledger_is_done(const struct ledger *l, const struct job *j,
    const struct ledger_run *r, int64_t now);

/**
 * ledger_same(l, r):
 * ${r} is the newest revision of its window.  Return the loaded revision of
 * that window if both have the same records and ${r} is committed and not
 * loaded; else NULL.
 */
const struct ledger_run *ledger_same(const struct ledger *l,
    const struct ledger_run *r);

/**
 * ledger_state_name(state):
 * Return "missing", "begun", "committed", "partial", "loaded", "audited".
 */
const char *ledger_state_name(enum ledger_state state);

#endif /* !NF_STAGE_LEDGER_H */

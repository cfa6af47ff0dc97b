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
 * What is known of the windows of a job: computed from the run.json, the
 * manifest and the notes of its runs, PREFIX/NAME/WINDOW and, for the
 * revisions of a window, PREFIX/NAME/WINDOW.r2 and so on.  Nothing is stored.
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
	char name[LEDGER_RUN]; /* the label, and ".rN" of revision N */
	uint64_t revision;     /* 1, 2, ... */
	enum ledger_state state;
	uint64_t records, rejects, raw_size;
	uint32_t raw_crc32c;
	int64_t start, end;    /* microseconds since 1970; 0: not yet */
	enum proof_by proof;
	char mapping[17];      /* hash of the one that it was loaded by */
	char same_as[LEDGER_RUN]; /* the run that it equals; "": none */
	char source[SHA256_HEX];  /* hash, as of its run.json */
	bool moved;       /* a window of this name was another piece of time */
	int64_t lookback; /* begin of the later window for which it was
			     fetched once more; 0: for none */
};

struct ledger {
	struct ledger_run *run; /* by window, then by revision */
	size_t n;
};

/**
 * ledger_free(l):
 * Free what ${l} holds.
 */
void ledger_free(struct ledger *l);

/**
 * ledger_newest(l, w):
 * Return the newest revision of window ${w}, or NULL if it has no run.
 */
const struct ledger_run *ledger_newest(const struct ledger *l,
    const struct job_window *w);

/**
 * ledger_is_done(l, j, r, now):
 * Return true if the window whose newest run is ${r} (NULL: none) needs
 * nothing more at ${now}, seconds since 1970.
 */
bool ledger_is_done(const struct ledger *l, const struct job *j,
    const struct ledger_run *r, int64_t now);

/**
 * ledger_same(l, r):
 * Return the revision that is loaded of the window of ${r}, its newest one,
 * if both have the same records and ${r} is committed and not loaded; else
 * NULL.
 */
const struct ledger_run *ledger_same(const struct ledger *l,
    const struct ledger_run *r);

/**
 * ledger_state_name(state):
 * Return "missing", "begun", "committed", "partial", "loaded", "audited".
 */
const char *ledger_state_name(enum ledger_state state);

#endif /* !NF_STAGE_LEDGER_H */

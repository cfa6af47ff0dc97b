/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_RUN_INFO_H
#define NF_STAGE_RUN_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/sha256.h"
#include "lib/stream/stream.h"

/*
 * RUN/_nf/run.json describes a run.  The first writer of the run creates it;
 * all later writers use the same one.
 */
#define RUN_INFO_NAME   "_nf/run.json"
#define RUN_INFO_WINDOW 257
#define RUN_INFO_TIME   40    /* bytes of an instant, with its NUL */
#define RUN_INFO_SINCE  1025

struct buf;
struct err;
struct scan;
struct store;

struct run_info {
	char run[STREAM_MAX_RUN + 1];
	char source[SHA256_HEX];      /* hash of the source, in hex */
	char window[RUN_INFO_WINDOW];  /* what it covers; "": not given */
	char from[RUN_INFO_TIME];      /* its instants; "": not given */
	char until[RUN_INFO_TIME];
	char since[RUN_INFO_SINCE];    /* where its feed continued from */
	bool has_since;
	char lookback[RUN_INFO_WINDOW]; /* the later window for which this
					   one was fetched again; "" */
	int64_t start;                /* microseconds since 1970 */
};

/**
 * run_info_get(s, r, e):
 * Read the run.json of a run.  Return 1, 0 if absent, -1 on error.
 */
int run_info_get(struct store *s, struct run_info *r, struct err *e);

/**
 * run_info_fix(s, r, e):
 * Store ${r} as the run.json of the run; if the run already has one, read it
 * into ${r}.  Return 0, or -1: ERR_CONFIG (code other_source) if the run has
 * another source than ${r}, ERR_TEMP (code other_since) if it continues from
 * another position.
 */
int run_info_fix(struct store *s, struct run_info *r, struct err *e);

/**
 * run_info_members(r, out) / run_info_parse(r, s, e):
 * Append ${r} as members of a JSON object; read them from the object scanned
 * by ${s}.  Return 0 or -1.
 */
void run_info_members(const struct run_info *r, struct buf *out);
int run_info_parse(struct run_info *r, const struct scan *s, struct err *e);

/**
 * run_info_source(text, hex, e):
 * Write the source hash for an input that names no source: SHA-256 of ${text}.
 * Return 0 or -1.
 */
int run_info_source(const char *text, char hex[SHA256_HEX], struct err *e);

/**
 * run_info_begin(r, b):
 * Fill ${b}, which is initialized, with the begin line of a stream of that
 * run.
 */
void run_info_begin(const struct run_info *r, struct stream_begin *b);

#endif /* !NF_STAGE_RUN_INFO_H */

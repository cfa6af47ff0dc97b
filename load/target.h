/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_TARGET_H
#define NF_LOAD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * Where rows are: the interface that Bigtable and SQLite both fill, so that
 * the verbs are the same for both.
 */
struct err;
struct metrics;
struct mutation;
struct options;
struct row;
struct schema_family;
struct schema_table;

/* What became of one line: it is durable, or it was refused (code). */
struct target_outcome {
	uint64_t index; /* of the record, from 0 */
	uint64_t line;
	struct bytes row; /* not known: p is NULL */
	struct bytes raw; /* the line, if asked for; else empty */
	int code;         /* enum rpc_code; 0: written */
	const char *message;
	unsigned int attempts;
	bool whole;     /* said of the whole request, not of this row */
	bool temporary; /* not refused for good: run it again */
};

/* Gets each line's outcome, once.  Returns 0, or -1 to end the work. */
typedef int target_outcome_fn(void *arg, const struct target_outcome *o,
    struct err *e);

struct target_writer {
	target_outcome_fn *outcome;
	void *arg;
	bool keep_raw; /* outcomes want the raw line */
	uint64_t *retried; /* counts entries sent again */
	uint64_t *throttled_ms; /* waited as the server asked for it */
	struct metrics *metrics; /* counts requests and rows in them */
};

/* Which keys: all from ${start} to ${end}; an empty open end is no end. */
struct target_range {
	struct bytes start;
	struct bytes end;
	bool start_open; /* without start itself */
	bool end_closed; /* with end itself */
};

struct target_column {
	struct bytes family;
	struct bytes qualifier;
	bool whole_family; /* qualifier is not looked at */
};

/* What to read; all borrowed while reading. */
struct target_read {
	const char *table;
	const struct target_range *range; /* in order, disjoint */
	size_t nranges;                   /* 0: all rows */
	const struct target_column *column; /* any of these; none: all */
	size_t ncolumns;
	uint64_t versions; /* newest of each column; 0: all */
	int64_t ts_from;   /* microseconds, inclusive */
	int64_t ts_until;  /* exclusive; 0: no end */
	uint64_t limit;    /* rows; 0: all */
	double sample;     /* share of the rows at random; 0: all */
	bool reverse;
	bool strip; /* values are empty */
};

struct target_ops {
	/*
	 * Writing: begin once; then take lines, work while there is no input
	 * (until ${until}, clock_mono_ms, or something happened; return 1 if
	 * there is still work under way, 0 if not), finish: every line taken
	 * has had its outcome.  ${stop} gives up what was not sent.
	 */
	int (*write_begin)(void *, const struct target_writer *,
	    struct err *);
	int (*write)(void *, const struct mutation *, struct err *);
	int (*work)(void *, int64_t until, struct err *);
	int (*finish)(void *, bool stop, struct err *);
	/* Reading: rows in order of their keys.  1 is a row, 0 the end. */
	int (*read_begin)(void *, const struct target_read *, struct err *);
	int (*read_row)(void *, struct row *, struct err *);
	void (*read_end)(void *);
	/*
	 * Tables.  list calls ${add} with each name, in order; get returns 1,
	 * or 0 if there is none; with ${once} it does not try for long.
	 * create and add return 0, or 1 if somebody was faster: a twin, or
	 * an attempt of ours that was not answered.
	 */
	int (*list_tables)(void *, int (*add)(void *, const char *), void *,
	    struct err *);
	int (*get_table)(void *, const char *, bool once,
	    struct schema_table *, struct err *);
	int (*create_table)(void *, const struct schema_table *,
	    struct err *);
	int (*add_families)(void *, const char *,
	    const struct schema_family *const *, size_t, struct err *);
	void (*close)(void *);
};

struct target {
	const struct target_ops *ops;
	void *self;
	const char *table; /* the URI's or -t's, or NULL */
};

/**
 * target_open(t, o, create, e):
 * Open the target ${o} names; with ${create} a missing database file is
 * made.  ${o} is borrowed until target_close.  Return 0, or -1: ERR_USAGE
 * for a URI that is none, and what the backends say.
 */
int target_open(struct target *t, const struct options *o, bool create,
    struct err *e);
void target_close(struct target *t);

#endif /* !NF_LOAD_TARGET_H */

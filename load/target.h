/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_TARGET_H
#define NF_LOAD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code.h"
#include "lib/base/bytes.h"

/*
 * The interface for storage of rows, implemented for Bigtable and SQLite, so
 * that the verbs are the same for both.
 */
struct err;
struct metrics;
struct mutation;
struct row;
struct schema_family;
struct schema_table;

/* The outcome of one line: it is durable, or it was refused (code). */
struct target_outcome {
	uint64_t index; /* of the record, from 0 */
	uint64_t line;
	struct bytes row; /* unknown: p is NULL */
	struct bytes raw; /* the line, if keep_raw; else empty */
	int code;         /* enum code */
	const char *message;
	unsigned int attempts;
	enum code_scope scope; /* what the code refers to */
	bool temporary; /* not refused permanently: run it again */
};

/* Called once with the outcome of each line.  Returns 0, or -1 to stop. */
typedef int target_outcome_fn(void *arg, const struct target_outcome *o,
    struct err *e);

struct target_writer {
	target_outcome_fn *outcome;
	void *arg;
	bool keep_raw; /* outcomes include the raw line */
};

/* Counters of a target, for all uses. */
struct target_counts {
	uint64_t *retried; /* entries and requests sent again */
	uint64_t *throttled_ms; /* waited at the server's request */
	struct metrics *metrics; /* requests and rows in them */
};

/* All keys from ${start} to ${end}; an empty open end means no end. */
struct target_range {
	struct bytes start;
	struct bytes end;
	bool start_open; /* without start itself */
	bool end_closed; /* with end itself */
};

struct target_column {
	struct bytes family;
	struct bytes qualifier;
	bool whole_family; /* qualifier is ignored */
};

/* What to read; all borrowed while reading. */
struct target_read {
	const char *table;
	const struct target_range *range; /* in order, disjoint */
	size_t nranges;                   /* 0: all rows */
	const struct target_column *column; /* any of these; 0 columns: all */
	size_t ncolumns;
	uint64_t versions; /* newest of each column; 0: all */
	int64_t ts_from;   /* microseconds, inclusive */
	int64_t ts_until;  /* exclusive; 0: no end */
	uint64_t limit;    /* rows; 0: all */
	double sample;     /* share of the rows at random; 0: all */
	bool reverse;
	bool strip; /* values are empty */
};

/* How to end writing. */
enum target_end {
	TARGET_FINISH, /* write all accepted lines if possible */
	TARGET_STOP    /* give up lines that were not sent */
};

/* How often to request the schema of a table. */
enum target_patience { TARGET_RETRY, TARGET_ONCE };

/*
 * The first member of a backend's own struct; its functions get the pointer
 * back.
 */
struct target {
	const struct target_ops *ops;
	const char *table; /* for lines that name none; or NULL */
};

/* Called with the name of a table.  Returns 0, or -1 if there is no memory. */
typedef int target_name_fn(void *arg, const char *name);

struct target_ops {
	/*
	 * Writing: begin once; then write lines; call work while there is no
	 * input (it runs until ${until}, clock_mono_ms, or until something
	 * happened, and returns 1 if work remains, 0 if not); then finish:
	 * afterwards the outcome of every line has been reported.
	 */
	int (*write_begin)(struct target *t, const struct target_writer *w,
	    struct err *e);
	int (*write)(struct target *t, const struct mutation *m,
	    struct err *e);
	int (*work)(struct target *t, int64_t until, struct err *e);
	int (*finish)(struct target *t, enum target_end how, struct err *e);
	/*
	 * Reading: rows in key order.  read_row returns 1 for a row, 0 at the
	 * end.
	 */
	int (*read_begin)(struct target *t, const struct target_read *r,
	    struct err *e);
	int (*read_row)(struct target *t, struct row *row, struct err *e);
	void (*read_end)(struct target *t);
	/*
	 * Tables.  list calls ${add} with each name, in order; get returns 1,
	 * or 0 if absent.  create and add return 0, or 1 if it already exists:
	 * another process, or an attempt of ours that got no response, created
	 * it.
	 */
	int (*list_tables)(struct target *t, target_name_fn *add, void *arg,
	    struct err *e);
	int (*get_table)(struct target *t, const char *name,
	    enum target_patience patience, struct schema_table *s,
	    struct err *e);
	int (*create_table)(struct target *t, const struct schema_table *s,
	    struct err *e);
	int (*add_families)(struct target *t, const char *table,
	    const struct schema_family *const *f, size_t n, struct err *e);
	void (*close)(struct target *t);
};

/**
 * target_close(t):
 * Close ${t}, which target_open has opened (may be NULL).
 */
static inline void
target_close(struct target *t)
{

	if (t != NULL)
		t->ops->close(t);
}

#endif /* !NF_LOAD_TARGET_H */

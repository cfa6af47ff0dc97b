/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_MACHINE_H
#define NF_TRANSFORM_RECORD_MACHINE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dups.h"
#include "lib/base/buf.h"
#include "lib/json/scan.h"
#include "transform/mapping/program.h"
#include "unique.h"

/*
 * The state for running a program over records: the scanned record with its
 * references bound, buffers, the items of for_each, faults.  A machine belongs
 * to one thread; it allocates its memory once and keeps it.
 */
struct coverage;
struct err;

/*
 * The limit for all rows of a record, as written: an amount that most records
 * never need, or three times the size of the record if that is more, but at
 * most MACHINE_ROWS_MAX.
 */
#define MACHINE_ROWS_FREE ((size_t)48 << 20)
#define MACHINE_ROWS_TIMES 3
#define MACHINE_ROWS_MAX ((size_t)512 << 20)
/* The rows of one record and those before them in the same buffer. */
#define MACHINE_MAX_OUT ((size_t)1 << 30)
/* Values of one record that are checked to be unique. */
#define MACHINE_MAX_UNIQUE 1024

/* Why a record was rejected.  Names places, never values. */
struct fault {
	char code[32];
	char message[200];
	struct buf pointer; /* JSON Pointer into the record; may be empty */
	bool has_pointer;
	const char *place;  /* the same into the mapping; or NULL */
};

/* What all records of a run have in common. */
struct machine_run {
	const char *run;
	const char *source;
	bool has_ts;
	bool all_unread;      /* unread members never reject a record */
	int64_t ts; /* microseconds, whole milliseconds */
};

/* The position of for_each in one of its arrays. */
struct level {
	const struct ref *each; /* of a||b the one that is present */
	uint32_t position;      /* from 1 */
	bool in_array;          /* false: a value used as an array of one */
};

/* A family with the same text in all rows of a record: that of the first. */
struct steady {
	uint64_t load; /* of which record, see machine.load */
	size_t at;     /* where it is in the output */
	size_t len;
	uint32_t ncell;
};

/*
 * Two machines never share a cache line, nor two adjacent lines that are
 * fetched together: writes of one thread would slow down the other.
 */
#define MACHINE_ALIGN 128

struct machine {
	const struct program *prog;
	const struct machine_run *run;
	struct scan scan;
	uint32_t *slot;       /* tokens, SCAN_NOT_FOUND: absent */
	struct level *level;
	const struct ref *root; /* the one present of several; or NULL */
	struct buf inner;     /* the record with JSON instead of texts */
	uint64_t record;      /* its number in the run, from 1 */
	struct buf *out;
	size_t record_at;     /* where its rows begin in ${out} */
	size_t row_at;
	size_t limit;         /* of the bytes of its rows */
	size_t alarm;         /* from this length of ${out} on limits are near
	    */
	uint32_t ncell;       /* in this row */
	uint64_t nrow;        /* of this record */
	bool shared_row;      /* two of them share a key */
	struct buf stamp;     /* ,"ts":N,"cells":{ of the run */
	uint64_t load;        /* number of records so far */
	struct buf key;
	const struct template *key_of; /* or NULL; its first parts, which */
	size_t key_kept;      /* are the same in all rows, in ${key} */
	struct steady *steady;
	struct buf work;      /* the text of a value */
	struct buf name;      /* a qualifier */
	struct dups rows;     /* of this record */
	struct dups cells;    /* of this row, if its rule needs it */
	struct scan again;    /* of rows that share a key */
	struct buf tags;      /* codes of the checks that tagged */
	struct fault fault;
	struct coverage *coverage; /* borrowed; NULL: not requested */
	uint64_t skipped;     /* records allowed to have no rows */
	uint64_t *warned;     /* by check: how often it only warned */
	struct unique *unique; /* of the run; borrowed; may be NULL */
	struct unique_hash pending[MACHINE_MAX_UNIQUE]; /* of this record */
	size_t npending;
	bool unique_full;
	bool no_memory;
} __attribute__((aligned(MACHINE_ALIGN)));

/**
 * machine_memory(n, size):
 * Return zeroed memory for ${n} times ${size} bytes that shares no cache line
 * with other memory; NULL if memory runs out.  The caller frees it.
 */
void *machine_memory(size_t n, size_t size);

/**
 * machine_init(m, prog, run, e) / machine_fini(m):
 * Prepare ${m} to run ${prog}, which it borrows, as ${run}; free what it
 * holds.  Return 0 or -1.
 */
int machine_init(struct machine *m, const struct program *prog,
    const struct machine_run *run, struct err *e);
void machine_fini(struct machine *m);

/**
 * machine_load(m, line, len, number, out):
 * Scan the record of ${len} bytes at ${line} (SCAN_PAD readable bytes after
 * it), number ${number} of the run, and bind its references; its rows will be
 * written to ${out}.  Return 0 or -1 with a fault.
 */
int machine_load(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out);

/**
 * machine_absent(m, r, t):
 * Return whether token ${t}, the value of ${r}, counts as absent.  Usually its
 * length says that it does not.
 */
bool machine_is_absent(const struct machine *m, const struct ref *r,
    uint32_t t);

static inline bool
machine_absent(const struct machine *m, const struct ref *r, uint32_t t)
{
	const struct scan_token *k = &m->scan.tok[t];

	if (k->kind != SCAN_NULL && k->kind < SCAN_ARRAY && !k->escaped &&
	    (r->absent->lengths & program_length_bit(k->end - k->start)) == 0)
		return (false);
	return (machine_is_absent(m, r, t));
}

/**
 * machine_find(m, r):
 * Return the token of ${*r}.  If that is absent, return the token of the first
 * of its alternatives that is present, and set ${*r} to it; SCAN_NOT_FOUND if
 * all are absent, with ${*r} unchanged.  Only for references to values.
 */
static inline uint32_t
machine_find(const struct machine *m, const struct ref **r)
{
	const struct ref *o;
	uint32_t t;

	for (o = *r; o != NULL; o = o->other) {
		assert(o->kind == REF_VALUE && o->slot < m->prog->nslot);
		t = m->slot[o->slot];
		if (t != SCAN_NOT_FOUND && m->scan.tok[t].kind != SCAN_NULL &&
		    (o->absent == NULL || !machine_absent(m, o, t))) {
			*r = o;
			return (t);
		}
	}
	return (SCAN_NOT_FOUND);
}

/**
 * machine_fault(m, ref, code, fmt, ...):
 * Fill the fault; its pointer is that of the value of ${ref} (NULL: none).
 * Always return -1.
 */
int machine_fault(struct machine *m, const struct ref *ref, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * machine_fault_at(m, scope, code, fmt, ...):
 * The same for the current item of ${scope}.
 */
int machine_fault_at(struct machine *m, const struct scope *scope,
    const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * machine_fault_token(m, t, code, fmt, ...):
 * The same for token ${t} of the record.
 */
int machine_fault_token(struct machine *m, uint32_t t, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * machine_pointer(m, t, b):
 * Append the JSON Pointer of token ${t} to ${b}.
 */
void machine_pointer(const struct machine *m, uint32_t t, struct buf *b);

/**
 * machine_place(m, place):
 * Note that the fault just filled comes from ${place} in the mapping, unless a
 * place inside it has been named already.  Always return -1.
 */
int machine_place(struct machine *m, const char *place);

/**
 * machine_nomem(m):
 * A buffer failed.  Always return -1.
 */
int machine_nomem(struct machine *m);

/* Going through the items of a for_each. */
struct items {
	uint32_t at;   /* the next item */
	uint32_t left;
};

/**
 * machine_each(m, scope, it) / machine_next(m, scope, it):
 * Start to go through the items of ${scope}; a value that is not an array
 * counts as an array of one item.  Return 0, or -1 with a fault if it is a
 * scalar and its members are needed.  Advance to the next item, with all its
 * references bound; false after the last.
 */
int machine_each(struct machine *m, const struct scope *scope,
    struct items *it);
bool machine_next(struct machine *m, const struct scope *scope,
    struct items *it);

#endif /* !NF_TRANSFORM_RECORD_MACHINE_H */

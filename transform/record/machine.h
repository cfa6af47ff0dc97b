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
 * What running a program over records stands on: the scanned record with its
 * references bound, buffers, the items of for_each, faults.  A machine belongs
 * to one thread; what it needs it allocates once and keeps.
 */
struct coverage;
struct err;

/*
 * All rows of a record, as written, may take what most records never need, or
 * three times what the record takes, but never more than a few rows can.
 */
#define MACHINE_ROWS_FREE ((size_t)48 << 20)
#define MACHINE_ROWS_TIMES 3
#define MACHINE_ROWS_MAX ((size_t)512 << 20)
/* The rows of one record, and others before them in one buffer. */
#define MACHINE_MAX_OUT ((size_t)1 << 30)
/* Values of one record that are checked to be unique. */
#define MACHINE_MAX_UNIQUE 1024

/* Why a record was refused.  Names places, never values. */
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
	bool all_unread;      /* nothing is refused for members that are */
	int64_t ts; /* microseconds, whole milliseconds */
};

/* Where for_each stands in one of its arrays. */
struct level {
	const struct ref *each; /* of a||b the one that is there */
	uint32_t position;      /* from 1 */
	bool in_array;          /* false: a value taken as an array of one */
};

/* A family of which the first row of a record has the text for all. */
struct steady {
	uint64_t load; /* of which record; as machine.load */
	size_t at;     /* where it is in the output */
	size_t len;
	uint32_t ncell;
};

/*
 * Two machines never share a cache line, nor a pair that is fetched at once:
 * what one thread writes would slow the other.
 */
#define MACHINE_ALIGN 128

struct machine {
	const struct program *prog;
	const struct machine_run *run;
	struct scan scan;
	uint32_t *slot;       /* tokens, SCAN_NOT_FOUND: absent */
	struct level *level;
	const struct ref *root; /* of several the one that is there; or NULL */
	struct buf inner;     /* the record with JSON in the place of texts */
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
	uint64_t load;        /* of how many records until now */
	struct buf key;
	const struct template *key_of; /* of which the parts that are the */
	size_t key_kept;      /* same in all rows are in ${key}, or NULL */
	struct steady *steady;
	struct buf work;      /* the text of a value */
	struct buf name;      /* a qualifier */
	struct dups rows;     /* of this record */
	struct dups cells;    /* of this row, if its rule needs it */
	struct scan again;    /* of rows that share a key */
	struct buf tags;      /* codes of the checks that tagged */
	struct fault fault;
	struct coverage *coverage; /* borrowed; NULL: nobody asks for it */
	uint64_t skipped;     /* records without rows that may be so */
	uint64_t *warned;     /* by check: how often it only warned */
	struct unique *unique; /* of the run; borrowed; may be NULL */
	struct unique_hash pending[MACHINE_MAX_UNIQUE]; /* of this record */
	size_t npending;
	bool unique_full;
	bool no_memory;
} __attribute__((aligned(MACHINE_ALIGN)));

/**
 * machine_memory(n, size):
 * Return room for ${n} times ${size} bytes, all zero, that shares no cache
 * line with other memory; NULL if memory runs out.  The caller frees it.
 */
void *machine_memory(size_t n, size_t size);

/**
 * machine_init(m, prog, run, e) / machine_fini(m):
 * Prepare ${m} to run ${prog}, which it borrows, as ${run}.  Return 0 or -1.
 */
int machine_init(struct machine *m, const struct program *prog,
    const struct machine_run *run, struct err *e);
void machine_fini(struct machine *m);

/**
 * machine_load(m, line, len, number, out):
 * Scan the record of ${len} bytes at ${line} (SCAN_PAD readable bytes after
 * it), number ${number} of the run, and bind its references; its rows will
 * go to ${out}.  Return 0 or -1 with a fault.
 */
int machine_load(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out);

/**
 * machine_absent(m, r, t):
 * Is token ${t}, the value of ${r}, one that counts as absent?
 */
bool machine_absent(const struct machine *m, const struct ref *r, uint32_t t);

/**
 * machine_find(m, r):
 * Return the token of ${*r}; or, if that is absent, of the first of those
 * after it that is there, which ${*r} then is; SCAN_NOT_FOUND if none is,
 * with ${*r} as it was.  Not for references to other than values.
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
 * Fill the fault; its pointer is the value of ${ref} (NULL: none).  Always
 * return -1.
 */
int machine_fault(struct machine *m, const struct ref *ref, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * machine_fault_at(m, scope, code, fmt, ...):
 * The same of the item that ${scope} stands at.
 */
int machine_fault_at(struct machine *m, const struct scope *scope,
    const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * machine_fault_token(m, t, code, fmt, ...):
 * The same of token ${t} of the record.
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
 * The fault that was just filled comes from ${place} in the mapping, unless
 * something inside of it was named already.  Always return -1.
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
 * Begin to go through the items of ${scope}; what is not an array counts as
 * one of one item.  Return 0, or -1 with a fault if that is a scalar and
 * members of it are wanted.  Go to the next, with all its references bound;
 * false after the last.
 */
int machine_each(struct machine *m, const struct scope *scope,
    struct items *it);
bool machine_next(struct machine *m, const struct scope *scope,
    struct items *it);

#endif /* !NF_TRANSFORM_RECORD_MACHINE_H */

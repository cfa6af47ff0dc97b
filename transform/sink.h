/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_SINK_H
#define NF_TRANSFORM_SINK_H

#include "lib/stream/stream.h"
#include "transform/record/machine.h"

/*
 * Where rows and refused records go, in the order of the input.
 */
struct app;
struct coverage;
struct err;
struct key_report;
struct options;
struct program;
struct reject;

struct sink {
	struct app *app;
	const struct options *o;
	const struct program *prog;
	struct stream_out out;
	struct reject *reject;
	struct key_report *report; /* NULL: rows go to stdout */
	struct coverage *coverage; /* NULL: nobody asks for it */
	uint64_t *warned;          /* by check: how often it only warned */
	uint64_t skipped;          /* records without rows that may be so */
	struct machine_run info; /* valid after sink_start */
};

/**
 * sink_open(k, app, o, prog, e):
 * Write to stdout and the reject file of ${o}.  Return 0 or -1.
 */
int sink_open(struct sink *k, struct app *app, const struct options *o,
    const struct program *prog, struct err *e);

/**
 * sink_start(k, in, e):
 * The first line of ${in} has been read, or its end.  Fills k->info and, if
 * it is sealed, seals the output.  Return 0, or -1 if there is no timestamp
 * and the mapping needs one.
 */
int sink_start(struct sink *k, const struct stream *in, struct err *e);

/**
 * sink_rows(k, p, n, rows, e):
 * Hand on ${rows} rows of ${n} bytes.
 */
int sink_rows(struct sink *k, const void *p, size_t n, uint64_t rows,
    struct err *e);

/**
 * sink_refuse(k, fault, line, record, len, e):
 * Refuse the record of line ${line}.  Return 0, or -1 if the run ends here.
 */
int sink_refuse(struct sink *k, struct fault *fault, uint64_t line,
    const void *record, size_t len, struct err *e);

/**
 * sink_attach(k, m, e) / sink_detach(k, m, e):
 * ${m}, just initialised, counts for ${k} what is counted besides rows; take
 * what it has counted.  Return 0 or -1.
 */
int sink_attach(struct sink *k, struct machine *m, struct err *e);
int sink_detach(struct sink *k, struct machine *m, struct err *e);

/**
 * sink_close(k, rc, e):
 * End the output, log and report what was counted; after bad data or a
 * cut-off input what was handed on before still goes out.  If ${rc} is 0 the
 * reject file gets its name, and only then the output its seal.  Return 0 or
 * -1.
 */
int sink_close(struct sink *k, int rc, struct err *e);

#endif /* !NF_TRANSFORM_SINK_H */

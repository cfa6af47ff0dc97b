/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_SINK_H
#define NF_TRANSFORM_SINK_H

#include "lib/stream/stream.h"
#include "transform/record/machine.h"

/*
 * The destination of rows and rejected records, in the order of the input.
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
	struct coverage *coverage; /* NULL: not requested */
	uint64_t *warned;          /* by check: how often it only warned */
	uint64_t skipped;          /* records allowed to have no rows */
	struct machine_run info; /* valid after sink_start */
};

/**
 * sink_open(k, app, o, prog, e):
 * Open ${k} to write to stdout and to the reject file of ${o}.  Return 0 or
 * -1.
 */
int sink_open(struct sink *k, struct app *app, const struct options *o,
    const struct program *prog, struct err *e);

/**
 * sink_start(k, in, e):
 * Call this once the first line of ${in}, or its end, has been read.  Fills
 * k->info and, if ${in} is sealed, seals the output.  Return 0, or -1 if there
 * is no timestamp and the mapping needs one.
 */
int sink_start(struct sink *k, const struct stream *in, struct err *e);

/**
 * sink_rows(k, p, n, rows, e):
 * Pass on ${rows} rows of ${n} bytes.
 */
int sink_rows(struct sink *k, const void *p, size_t n, uint64_t rows,
    struct err *e);

/**
 * sink_refuse(k, fault, line, record, len, e):
 * Reject the record of line ${line}.  Return 0, or -1 if the run ends here.
 */
int sink_refuse(struct sink *k, struct fault *fault, uint64_t line,
    const void *record, size_t len, struct err *e);

/**
 * sink_attach(k, m, e) / sink_detach(k, m, e):
 * Make ${m}, just initialized, count for ${k} everything that is counted
 * besides rows; collect its counts.  Return 0 or -1.
 */
int sink_attach(struct sink *k, struct machine *m, struct err *e);
int sink_detach(struct sink *k, struct machine *m, struct err *e);

/**
 * sink_close(k, rc, e):
 * Finish the output, log and report the counts; after invalid data or a
 * truncated input, the rows passed on before are still written.  If ${rc} is
 * 0, the reject file gets its name, and only then does the output get its
 * seal.  Return 0 or -1.
 */
int sink_close(struct sink *k, int rc, struct err *e);

#endif /* !NF_TRANSFORM_SINK_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RUN_H
#define NF_TRANSFORM_RUN_H

/*
 * The whole stream: stdin through a program to stdout, sealed if the input is;
 * rejected records go to the reject file.
 */
struct app;
struct err;
struct options;
struct program;

/**
 * run_stream(app, o, prog, e):
 * Transform all of stdin.  Return 0 or -1; the output before an error contains
 * exactly the rows of the records before it.
 */
int run_stream(struct app *app, const struct options *o,
    const struct program *prog, struct err *e);

#endif /* !NF_TRANSFORM_RUN_H */

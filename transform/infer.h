/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_INFER_H
#define NF_TRANSFORM_INFER_H

/*
 * Drafts a mapping from a sample of records, for a person to continue with.
 */
struct app;
struct err;
struct options;

/**
 * infer_stream(app, o, e):
 * Read records from stdin (the first 1000) and write a mapping for them to
 * stdout.  Return 0 or -1.
 */
int infer_stream(struct app *app, const struct options *o, struct err *e);

#endif /* !NF_TRANSFORM_INFER_H */

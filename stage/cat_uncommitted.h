/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CAT_UNCOMMITTED_H
#define NF_STAGE_CAT_UNCOMMITTED_H

/*
 * cat --no-manifest: what there is where nothing was committed.
 */
struct app;
struct options;
struct store;
struct stream_out;

/**
 * cat_uncommitted(s, o, out, app):
 * Write the longest chain of receipts of the run ${s}, each part checked; or,
 * if ${s} is no run, all NDJSON objects right in it by name.  Return 0 or -1
 * with ${app}->err: ERR_USAGE if only a part is wanted.
 */
int cat_uncommitted(struct store *s, const struct options *o, struct stream_out
    *out, struct app *app);

#endif /* !NF_STAGE_CAT_UNCOMMITTED_H */

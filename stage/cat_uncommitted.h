/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CAT_UNCOMMITTED_H
#define NF_STAGE_CAT_UNCOMMITTED_H

/*
 * cat --no-manifest: the stored records of a run that is not committed.
 */
struct app;
struct options;
struct store;
struct stream_out;

/**
 * cat_uncommitted(s, o, out, app):
 * Write the parts of the longest chain of receipts of the run ${s}, each part
 * checked; or, if ${s} is not a run, all NDJSON objects directly in it, sorted
 * by name.  Return 0, or -1 with ${app}->err: ERR_USAGE if only one part was
 * requested.
 */
int cat_uncommitted(struct store *s, const struct options *o, struct stream_out
    *out, struct app *app);

#endif /* !NF_STAGE_CAT_UNCOMMITTED_H */

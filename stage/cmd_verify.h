/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_VERIFY_H
#define NF_STAGE_CMD_VERIFY_H

/*
 * nf-stage verify: read a committed run back and check it against its receipts
 * and its manifest.
 */
struct app;
struct options;
struct store;

/**
 * cmd_verify(s, o, app):
 * Check the run ${s}: every part against its receipt and the manifest, the
 * chain of hashes against the records, the totals against the sum.  Then write
 * one line of JSON to stdout.  Return 0, or -1 with ${app}->err: ERR_DATA for
 * the first error found.
 */
int cmd_verify(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_VERIFY_H */

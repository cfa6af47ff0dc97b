/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_LEDGER_READ_H
#define NF_STAGE_LEDGER_READ_H

/*
 * Reading the runs of a job, several at once: each is some requests of which
 * none has to wait for another run's.
 */
struct err;
struct job;
struct job_window;
struct ledger;
struct store_conf;

/**
 * ledger_read(l, j, span, conf, e):
 * Read what is stored of the runs of ${j} whose windows are in ${span} (NULL:
 * of all of them).  Objects that are not runs of its windows are passed over.
 * Return 0 or -1; ${l} is to be freed in both cases.
 */
int ledger_read(struct ledger *l, const struct job *j,
    const struct job_window *span, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_LEDGER_READ_H */

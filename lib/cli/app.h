/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_APP_H
#define NF_LIB_CLI_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "app_data.h"
#include "opt.h"

/*
 * The frame of the four tools: the options that all have, messages, signals,
 * the summary at the end, and the one place where an error becomes an exit
 * code.  A main() is: app_init, app_start, the work, app_finish.
 */

/**
 * app_init(a, tool):
 * Prepare ${a} for the tool ${tool}; first of all in main().  Descriptors 0
 * to 2 that are closed are occupied, so that no file opened later takes their
 * place; reading or writing them still fails.
 */
void app_init(struct app *a, const char *tool);

/**
 * app_start(a, verbs, n, o, argc, argv, code):
 * Find which of the ${n} ${verbs} is meant, the first if none is named, and
 * store it in ${a}; parse its options into ${o}, which has its defaults, and
 * those that all tools have; set up messages and signals.  --help and
 * --version are answered on stdout.  Return true to go on, with the operands
 * in ${a}; false to leave at once with ${code}, after which ${a} is freed.
 */
bool app_start(struct app *a, const struct app_verb *verbs, size_t n,
    struct options *o, int argc, char **argv, int *code);

/**
 * app_set_run(a, run):
 * The run id became known: the summary and all messages name it from now on.
 * It is copied.
 */
void app_set_run(struct app *a, const char *run);

/**
 * app_finish(a, rc):
 * ${rc} is what the work returned, 0 or -1; a -1 that left no reason behind
 * is reported as lack of memory, which libraries do not always name.  Close
 * stdout, report the error in ${a}->err if there is one, then the summary and
 * the metrics, and free ${a}.  Return the exit code: 0 only if there was no
 * error and everything written has arrived.
 */
int app_finish(struct app *a, int rc);

#endif /* !NF_LIB_CLI_APP_H */

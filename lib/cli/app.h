/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_APP_H
#define NF_LIB_CLI_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "app_data.h"
#include "opt.h"

/*
 * The frame of the four tools: the options that they share, messages, signals,
 * the summary at the end, and the only place that turns an error into an exit
 * code.  A main() calls app_init, app_start, does the work, and calls
 * app_finish.
 */

/**
 * app_init(a, tool):
 * Prepare ${a} for the tool ${tool}.  Call it first in main().  Closed
 * descriptors among 0 to 2 are occupied, so that a file opened later does not
 * get their number; reading or writing them still fails.
 */
void app_init(struct app *a, const char *tool);

/**
 * app_start(a, verbs, n, o, argc, argv, code):
 * Find the verb of the command line among the ${n} ${verbs} and store it in
 * ${a}; the first is the default.  Parse its options into ${o}, which already
 * has their defaults, and the options that all tools have.  Set up messages
 * and signals.  --help and --version print on stdout.  Return true to
 * continue, with the operands in ${a}; false to exit at once with ${code}: ${a}
 * has been freed.
 */
bool app_start(struct app *a, const struct app_verb *verbs, size_t n,
    struct options *o, int argc, char **argv, int *code);

/**
 * app_set_run(a, run):
 * Set the run id, for the summary and all messages from now on.  It is copied.
 */
void app_set_run(struct app *a, const char *run);

/**
 * app_finish(a, rc):
 * ${rc} is the result of the work, 0 or -1.  A -1 without a reason is reported
 * as lack of memory, because libraries do not always report that.  Close
 * stdout, report the error in ${a}->err if there is one, write the summary and
 * the metrics, and free ${a}.  Return the exit code: 0 only if there was no
 * error, including that of a delayed write to stdout.
 */
int app_finish(struct app *a, int rc);

#endif /* !NF_LIB_CLI_APP_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_PROGRESS_H
#define NF_LIB_CLI_PROGRESS_H

/*
 * The progress of a tool's work, for the person who waits for it.
 */
struct app;

/**
 * progress_look(a), progress_now(a):
 * Show the progress, at most twice a second and not in the first second:
 * records read and written, bytes, rate, retries, and the time left if
 * ${a}->expected or the size of a file on stdin is known.  Show it only on a
 * terminal, not while data goes to that terminal, and not while data goes into
 * a pipe unless -v is given.  progress_look is cheap enough to call for every
 * record; progress_now is for whole pages and parts.
 */
void progress_look(struct app *a);
void progress_now(struct app *a);

/**
 * progress_begin(a), progress_end(a):
 * progress_begin, called after the options are parsed: from now on write the
 * progress to ${a}->progress_file, if there is one, once a second, also while
 * the main thread waits.  progress_end: write it for the last time.  A failure
 * to write the file is not an error.
 */
void progress_begin(struct app *a);
void progress_end(struct app *a);

#endif /* !NF_LIB_CLI_PROGRESS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_PROGRESS_H
#define NF_LIB_CLI_PROGRESS_H

/*
 * How far the work of a tool has come, for who waits for it.
 */
struct app;

/**
 * progress_look(a), progress_now(a):
 * Show how far the work has come, at most twice a second and not before one
 * has passed: what is read and written, bytes, rate, retries, and what is left
 * if ${a}->expected or the size of a file at stdin is known.  Only on a
 * terminal, and not while data goes there, nor into a pipe unless with -v.
 * progress_look is cheap enough for once a record; progress_now is for whole
 * pages and parts.
 */
void progress_look(struct app *a);
void progress_now(struct app *a);

/**
 * progress_begin(a), progress_end(a):
 * The options are known: write how far the work is to ${a}->progress_file, if
 * there is one, once a second from now on, and while the main thread waits;
 * write it for the last time.  A file that cannot be written is no error.
 */
void progress_begin(struct app *a);
void progress_end(struct app *a);

#endif /* !NF_LIB_CLI_PROGRESS_H */

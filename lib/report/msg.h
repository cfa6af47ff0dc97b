/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_MSG_H
#define NF_LIB_REPORT_MSG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Messages: the only place that writes to stderr.  For people one short
 * line, "nf-load: place: thing: reason"; otherwise one JSON object a line as
 * Cloud Logging takes it (severity, time, message, event, labels).  Messages
 * name pointers, lines and codes, never values of records.  Of an event that
 * repeats, 10 a second are written, and then how many were not; errors and
 * the summary always are.  nf-log(5) describes the lines.
 */
enum msg_severity { MSG_DEBUG, MSG_INFO, MSG_WARNING, MSG_ERROR };
enum msg_format { MSG_AUTO, MSG_TEXT, MSG_JSON };

struct err;

/**
 * msg_init(tool, format, verbose, run):
 * Say who speaks: ${tool}; MSG_AUTO means text on a terminal and JSON
 * otherwise; ${verbose} -1 shows errors only, 0 warnings and the summary, 1
 * everything but debug, 2 all; ${run} is the run id or NULL.  Strings are
 * borrowed for ever.
 */
void msg_init(const char *tool, enum msg_format format, int verbose,
    const char *run);

/**
 * msg_run(run):
 * The run id became known; it is copied.
 */
void msg_run(const char *run);

/**
 * msg_log(severity, event, fmt, ...):
 * Write a message.  ${event} is its stable name, [a-z_]+, see nf-log(5).
 */
void msg_log(enum msg_severity severity, const char *event, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/**
 * msg_wants(severity):
 * Return true if messages of ${severity} are written: with -v MSG_INFO, with
 * -vv MSG_DEBUG.
 */
bool msg_wants(enum msg_severity severity);

/**
 * msg_trace(severity, event, fmt, ...):
 * As msg_log, for what -v and -vv show of each request, part or batch: all of
 * them, however many a second.
 */
void msg_trace(enum msg_severity severity, const char *event, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/**
 * msg_error(e):
 * Write the error in ${e}; its event is "error", its code is a field.
 */
void msg_error(const struct err *e);

/**
 * msg_object(severity, event, text, key, json, len):
 * Write a message that carries an object: for people only ${text}, as JSON
 * ${text} as the message and the ${len} bytes at ${json} as member ${key}.
 */
void msg_object(enum msg_severity severity, const char *event,
    const char *text, const char *key, const void *json, size_t len);

/**
 * msg_summary(verb, text, e, json, len):
 * Write the summary of a run, of ${verb} of the tool if it has any: as
 * msg_object, member "summary", severity INFO, but left out only when errors
 * alone are wanted, or for people if ${text} is empty: the error ${e}, if
 * there is one, they have read already.
 * For machines it then stands in the message.
 */
void msg_summary(const char *verb, const char *text, const struct err *e,
    const void *json, size_t len);

/**
 * msg_reading(fd, what):
 * ${what}, "records", are read from ${fd} from now on: if that is a terminal,
 * say so to the person who may wonder why nothing happens.
 */
void msg_reading(int fd, const char *what);

/**
 * msg_progress(fmt, ...):
 * Show a line, the tool's name and the text, that the next one overwrites,
 * cut to the width of the terminal; an empty text clears it.  Only on one
 * that obeys escapes (TERM), and not when quiet.
 */
void msg_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_is_terminal():
 * Return nonzero if messages go to a person on a terminal.
 */
bool msg_is_terminal(void);

#endif /* !NF_LIB_REPORT_MSG_H */

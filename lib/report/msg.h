/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_MSG_H
#define NF_LIB_REPORT_MSG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Messages: the only place that writes to stderr.  A person gets one short
 * line, "nf-load: place: thing: reason"; a machine gets one JSON object a line
 * as Cloud Logging reads it (severity, time, message, event, labels).  Messages
 * name pointers, lines and codes, never values of records.  At most 10 messages
 * of the same event are written per second, and the next one reports how many
 * were not; errors and the summary are always written.  nf-log(5) describes the
 * lines.
 */
enum msg_severity { MSG_DEBUG, MSG_INFO, MSG_WARNING, MSG_ERROR };
enum msg_format { MSG_AUTO, MSG_TEXT, MSG_JSON };

struct err;

/**
 * msg_init(tool, format, verbose, run):
 * Set the name of the ${tool} and the ${format}; MSG_AUTO means text on a
 * terminal and JSON otherwise.  ${verbose} -1 shows only errors, 0 also
 * warnings and the summary, 1 everything except debug messages, 2 everything.
 * ${run} is the run id or NULL.  The strings must stay valid.
 */
void msg_init(const char *tool, enum msg_format format, int verbose,
    const char *run);

/**
 * msg_run(run):
 * Set the run id.  It is copied.
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
 * As msg_log, for the messages of -v and -vv about each request, part or batch.
 * All are written, however many there are per second.
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
 * Write a message with an object.  A person sees only ${text}; in JSON ${text}
 * is the message and the ${len} bytes at ${json} are member ${key}.
 */
void msg_object(enum msg_severity severity, const char *event,
    const char *text, const char *key, const void *json, size_t len);

/**
 * msg_summary(verb, text, e, json, len):
 * Write the summary of a run, of ${verb} if the tool has verbs: as msg_object,
 * with member "summary" and severity INFO.  It is left out only if only errors
 * are shown, or for people if ${text} is empty.  If ${e} holds an error, it is
 * the message in JSON; people have already read it.
 */
void msg_summary(const char *verb, const char *text, const struct err *e,
    const void *json, size_t len);

/**
 * msg_reading(fd, what):
 * From now on the tool reads ${what}, such as "records", from ${fd}.  If that
 * is a terminal, write so, because the tool seems to do nothing.
 */
void msg_reading(int fd, const char *what);

/**
 * msg_progress(fmt, ...):
 * Show a line with the tool's name and the text, cut to the width of the
 * terminal; the next line overwrites it, and an empty text clears it.  Only on
 * a terminal that supports escape sequences (TERM), and not when quiet.
 */
void msg_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_is_terminal():
 * Return true if messages go to a person on a terminal.
 */
bool msg_is_terminal(void);

#endif /* !NF_LIB_REPORT_MSG_H */

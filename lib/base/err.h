/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_ERR_H
#define NF_LIB_BASE_ERR_H

/*
 * Errors as values.  Every function that can fail takes a struct err that
 * the caller owns, fills it once, where the failure is first seen, and
 * returns -1 or NULL.  Nothing in lib/ prints or exits: only app.c turns
 * the class of an error into the exit code of a tool.
 */

/* The kind of failure; its value is the exit code (sysexits(3)). */
enum err_class {
	ERR_NONE = 0,
	ERR_USAGE = 64,   /* the command line is wrong */
	ERR_DATA = 65,    /* bad data in a record or stream */
	ERR_REFUSED = 69, /* refused by the other side; a retry will not help */
	ERR_BUG = 70,     /* cannot happen */
	ERR_IO = 74,      /* reading, writing, memory */
	ERR_TEMP = 75,    /* temporary: another run may succeed */
	ERR_PERM = 77,    /* no permission */
	ERR_CONFIG = 78,  /* mapping, source, credentials, target */
	ERR_SIGNAL = 128, /* a signal: the exit code is 128 + signo */
	ERR_PIPE = 141    /* the reader of our stdout is gone */
};

/* Which tool of a pipe failed, seen from this one. */
enum err_cause { ERR_SELF, ERR_UPSTREAM, ERR_DOWNSTREAM };

struct err {
	enum err_class class;
	enum err_cause cause;
	int signo;     /* the signal, if class is ERR_SIGNAL */
	char code[32]; /* stable reason, such as "bad_json"; may be empty */
	char msg[512]; /* "place: thing: reason", no newline */
};

/**
 * err_set(e, class, fmt, ...):
 * Fill ${e} with ${class} and a message; cause is ERR_SELF (ERR_DOWNSTREAM
 * for ERR_PIPE), code is empty.  If ${e} already holds an error, it is kept:
 * the first failure is the one to report.  Always return -1.
 */
int err_set(struct err *e, enum err_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * err_set_code(e, class, code, fmt, ...):
 * As err_set, with the stable reason ${code} (at most 31 characters,
 * [a-z0-9_]), by which scripts distinguish errors.
 */
int err_set_code(struct err *e, enum err_class class, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * err_errno(e, class, fmt, ...):
 * As err_set, with ": " and the text of errno at the end.
 */
int err_errno(struct err *e, enum err_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * err_prefix(e, fmt, ...):
 * Put a place in front of the message of ${e}: "place: message".  Always
 * return -1.
 */
int err_prefix(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * err_nomem(e):
 * Fill ${e} with "out of memory" (ERR_IO), unless it already has a reason: a
 * library that failed may or may not have been out of memory.  Always return
 * -1.
 */
int err_nomem(struct err *e);

/**
 * err_clear(e):
 * Clear the error in ${e}, for instance before another attempt.
 */
void err_clear(struct err *e);

/**
 * err_exit_code(e):
 * Return the exit code for ${e}: its class, or 128 + signo for a signal.
 */
int err_exit_code(const struct err *e);

#endif /* !NF_LIB_BASE_ERR_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_IO_H
#define NF_LIB_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reading and writing file descriptors to the end: EINTR, short writes,
 * O_NONBLOCK and signals are dealt with here and nowhere else.
 */
struct buf;
struct err;

/**
 * io_read(fd, p, n, e):
 * Read up to ${n} bytes.  Waits until there is something to read or a signal
 * was caught (sig.h).  Return the number of bytes, 0 at the end, -1 on error
 * (ERR_IO, or ERR_SIGNAL).
 */
ssize_t io_read(int fd, void *p, size_t n, struct err *e);

/**
 * io_wait(fd, ms, e):
 * Wait for ${ms} milliseconds at most (-1: as long as it takes) until ${fd}
 * can be read.  Return 1 if it can, 0 if time is up, -1 on ERR_SIGNAL.
 */
int io_wait(int fd, int64_t ms, struct err *e);

/**
 * io_on_idle(idle, arg):
 * Call ${idle} with ${arg}, in the thread that reads, whenever io_read has
 * waited for another 200 ms; NULL for nothing.  For the whole process; to be
 * called before other threads are started, and after they have ended.
 */
void io_on_idle(void (*idle)(void *arg), void *arg);

/**
 * io_write(fd, p, n, e):
 * Write all ${n} bytes.  Return 0, or -1: ERR_PIPE if the reader is gone,
 * ERR_SIGNAL, else ERR_IO.
 */
int io_write(int fd, const void *p, size_t n, struct err *e);

/**
 * io_close(fd, e):
 * Close ${fd} and report a delayed write that failed.  Return 0 or -1.
 */
int io_close(int fd, struct err *e);

/**
 * io_open(path, flags, mode, e):
 * As open(2) with O_CLOEXEC, but it never waits: not for the other end of a
 * pipe, nor for anything once a signal was caught.  Return the descriptor, or
 * -1 with errno set and ${e} empty, for the caller to say what failed; ${e} is
 * filled if it was a signal (ERR_SIGNAL), or a pipe without a reader (ERR_IO).
 */
int io_open(const char *path, int flags, mode_t mode, struct err *e);

/**
 * io_temporary(path, e):
 * As mkostemp(3): make a file of mode 0600 for the X's at the end of ${path}.
 * Return the descriptor, or -1 as io_open.
 */
int io_temporary(char *path, struct err *e);

/**
 * io_is_file(path, fd):
 * Return true if ${fd}, opened as ${path}, may be read as a file: it is one,
 * or ${path} says that we were given it, as /dev/stdin and /dev/fd/3 do.
 * Another pipe may never have an end, a device neither.
 */
bool io_is_file(const char *path, int fd);

/**
 * io_slurp(path, max, out, e):
 * Append the file at ${path} ("-" is stdin) to ${out}.  What is missing or
 * not a file (io_is_file) is ERR_CONFIG, a forbidden one ERR_PERM, one over
 * ${max} bytes ERR_CONFIG with code too_large.  Return 0 or -1.
 */
int io_slurp(const char *path, size_t max, struct buf *out, struct err *e);

/**
 * io_replace(path, p, n, e):
 * Make the file at ${path} hold exactly these ${n} bytes, atomically and
 * durably: written aside, fsynced, renamed, directory fsynced.  Mode 0644
 * less the umask.  What is there and not a regular file, or what stdout or
 * stderr is, is written to instead; a pipe without a reader is ERR_IO.
 * Return 0 or -1.
 */
int io_replace(const char *path, const void *p, size_t n, struct err *e);

/**
 * io_sync_dir(path, e):
 * fsync the directory that holds ${path}.  Return 0 or -1.
 */
int io_sync_dir(const char *path, struct err *e);

/**
 * io_widen(fd):
 * Ask for a pipe of 1 MiB if ${fd} is a pipe; a refusal does not matter.
 */
void io_widen(int fd);

#endif /* !NF_LIB_BASE_IO_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_IO_H
#define NF_LIB_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reading and writing file descriptors.  EINTR, short writes, O_NONBLOCK and
 * signals are handled here and nowhere else.
 */
struct buf;
struct err;

/**
 * io_read(fd, p, n, e):
 * Read up to ${n} bytes.  Wait until there is something to read or a signal
 * is caught (sig.h).  Return the number of bytes, 0 at the end, -1 on error
 * (ERR_IO or ERR_SIGNAL).
 */
ssize_t io_read(int fd, void *p, size_t n, struct err *e);

/**
 * io_wait(fd, ms, e):
 * Wait until ${fd} can be read, for ${ms} milliseconds at most (-1: no
 * limit).  Return 1 if it can be read, 0 if time is up, -1 on ERR_SIGNAL.
 */
int io_wait(int fd, int64_t ms, struct err *e);

/**
 * io_on_idle(idle, arg):
 * Call ${idle} with ${arg}, in the reading thread, after every 200 ms that
 * io_read has waited; NULL: call nothing.  This is set for the whole process:
 * call it before other threads are started or after they have ended.
 */
void io_on_idle(void (*idle)(void *arg), void *arg);

/**
 * io_write(fd, p, n, e):
 * Write all ${n} bytes.  Return 0, or -1: ERR_PIPE if the reader has gone,
 * ERR_SIGNAL, else ERR_IO.
 */
int io_write(int fd, const void *p, size_t n, struct err *e);

/**
 * io_close(fd, e):
 * Close ${fd} and report a delayed write error.  Return 0 or -1.
 */
int io_close(int fd, struct err *e);

/**
 * io_open(path, flags, mode, e):
 * As open(2) with O_CLOEXEC, but never wait for the other end of a pipe, nor
 * for anything once a signal has been caught.  Return the descriptor, or -1.
 * ${e} is filled for a signal (ERR_SIGNAL) or a pipe without a reader
 * (ERR_IO); otherwise errno is set and ${e} is empty, and the caller reports
 * the failure.
 */
int io_open(const char *path, int flags, mode_t mode, struct err *e);

/**
 * io_temporary(path, e):
 * As mkostemp(3): replace the X's at the end of ${path} and make that file,
 * with mode 0600.  Return the descriptor, or -1 as io_open does.
 */
int io_temporary(char *path, struct err *e);

/**
 * io_is_file(path, fd):
 * Return true if ${fd}, opened as ${path}, may be read as a file: it is a
 * regular file, or ${path} names a descriptor that we were given, such as
 * /dev/stdin and /dev/fd/3.  Other pipes and devices may never end.
 */
bool io_is_file(const char *path, int fd);

/**
 * io_slurp(path, max, out, e):
 * Append the file at ${path} ("-" is stdin) to ${out}.  Return 0 or -1:
 * ERR_CONFIG if it is missing or not a file (io_is_file), ERR_CONFIG with
 * code too_large if it has more than ${max} bytes, ERR_PERM if it may not be
 * read.
 */
int io_slurp(const char *path, size_t max, struct buf *out, struct err *e);

/**
 * io_replace(path, p, n, e):
 * Make the file at ${path} hold exactly these ${n} bytes, atomically and
 * durably: write a temporary file, fsync it, rename it, fsync the directory.
 * Its mode is 0644 less the umask.  If ${path} is not a regular file, or is
 * the file of stdout or stderr, write to it directly; a pipe without a reader
 * is ERR_IO.  Return 0 or -1.
 */
int io_replace(const char *path, const void *p, size_t n, struct err *e);

/**
 * io_sync_dir(path, e):
 * fsync the directory that holds ${path}.  Return 0 or -1.
 */
int io_sync_dir(const char *path, struct err *e);

/**
 * io_widen(fd):
 * If ${fd} is a pipe, ask for a capacity of 1 MiB; ignore a refusal.
 */
void io_widen(int fd);

#endif /* !NF_LIB_BASE_IO_H */

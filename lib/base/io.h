/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_IO_H
#define NF_LIB_BASE_IO_H

#include <stddef.h>
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
 * io_slurp(path, max, out, e):
 * Append the file at ${path} ("-" is stdin) to ${out}.  A missing file or a
 * folder is ERR_CONFIG, a forbidden one ERR_PERM, one over ${max} bytes
 * ERR_CONFIG.
 * Return 0 or -1.
 */
int io_slurp(const char *path, size_t max, struct buf *out, struct err *e);

/**
 * io_replace(path, p, n, e):
 * Make the file at ${path} hold exactly these ${n} bytes, atomically and
 * durably: written aside, fsynced, renamed, directory fsynced.  Mode 0644
 * less the umask.  What is there and no regular file, or what stdout or
 * stderr is, is written to instead.  Return 0 or -1.
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "sig.h"

#define PIPE_SIZE (1 << 20)
#define IDLE_MS   200

static struct {
	void (*call)(void *arg);
	void *arg;
} on_idle;

void
io_on_idle(void (*idle)(void *arg), void *arg)
{

	on_idle.call = idle;
	on_idle.arg = arg;
}

/* Wait until ${fd} is ready for ${events} or a signal is caught. */
static int
wait_for_fd(int fd, short events, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = events },
		{ .fd = sig_fd(), .events = POLLIN } };
	int n;

	while ((n = poll(p, 2, on_idle.call != NULL ? IDLE_MS : -1)) <= 0) {
		if (n == -1 && errno != EINTR)
			return (err_errno(e, ERR_IO, "poll"));
		if (n == 0)
			on_idle.call(on_idle.arg);
	}
	return (sig_check(e));
}

int
io_wait(int fd, int64_t ms, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN } };
	int n;

	while ((n = poll(p, 2, ms > INT_MAX ? INT_MAX : (int)ms)) == -1)
		if (errno != EINTR)
			return (err_errno(e, ERR_IO, "poll"));
	if (sig_check(e) == -1)
		return (-1);
	return (n > 0 && p[0].revents != 0 ? 1 : 0);
}

ssize_t
io_read(int fd, void *p, size_t n, struct err *e)
{
	ssize_t got;

	for (;;) {
		if (wait_for_fd(fd, POLLIN, e) == -1)
			return (-1);
		if ((got = read(fd, p, n)) >= 0)
			return (got);
		if (errno != EINTR && errno != EAGAIN)
			return (err_errno(e, ERR_IO, "read"));
	}
}

int
io_write(int fd, const void *p, size_t n, struct err *e)
{
	const char *from = p;
	ssize_t put;

	while (n > 0) {
		if ((put = write(fd, from, n)) >= 0) {
			from += put;
			n -= (size_t)put;
			/* A short write: a signal may have interrupted it. */
			if (n > 0 && sig_check(e) == -1)
				return (-1);
			continue;
		}
		if (errno == EPIPE)
			return (err_set(e, ERR_PIPE,
			    "write: the reader is gone"));
		if (errno != EINTR && errno != EAGAIN)
			return (err_errno(e, ERR_IO, "write"));
		if (wait_for_fd(fd, POLLOUT, e) == -1)
			return (-1);
	}
	return (0);
}

int
io_close(int fd, struct err *e)
{

	/* After EINTR the descriptor is closed on Linux. */
	if (close(fd) == -1 && errno != EINTR)
		return (err_errno(e, ERR_IO, "close"));
	return (0);
}

int
io_open(const char *path, int flags, mode_t mode, struct err *e)
{
	int fd, saved;

	do {
		fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, mode);
	} while (fd == -1 && errno == EINTR && sig_check(e) == 0);
	if (fd != -1 && (flags & O_NONBLOCK) == 0)
		fcntl(fd, F_SETFL, flags & O_APPEND);
	if (fd == -1 && errno == ENXIO && (flags & O_ACCMODE) == O_WRONLY) {
		saved = errno;
		err_set(e, ERR_IO, "%s: a pipe without a reader", path);
		errno = saved;
	}
	return (fd);
}

int
io_temporary(char *path, struct err *e)
{
	int fd;

	do {
		fd = mkostemp(path, O_CLOEXEC);
		if (fd == -1 && errno == EINTR)
			memset(path + strlen(path) - 6, 'X', 6);
	} while (fd == -1 && errno == EINTR && sig_check(e) == 0);
	return (fd);
}

bool
io_is_file(const char *path, int fd)
{
	static const char *const given[] = { "/dev/fd/", "/dev/stdin",
		"/proc/self/fd/" };
	struct stat st;
	size_t i;

	if (fstat(fd, &st) == -1)
		return (false);
	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (strncmp(path, given[i], strlen(given[i])) == 0)
			return (!S_ISDIR(st.st_mode));
	return (S_ISREG(st.st_mode));
}

static int
slurp_fd(int fd, const char *path, size_t max, struct buf *out, struct err *e)
{
	size_t before = out->len;
	uint8_t piece[16 << 10];
	ssize_t n;
	size_t size;
	int rc;

	/* Read in pieces, so that a buffer of max bytes is enough. */
	while ((n = io_read(fd, piece, sizeof(piece), e)) > 0) {
		size = out->len - before + (size_t)n;
		rc = size > max ? -1 : buf_append(out, piece, (size_t)n);
		explicit_bzero(piece, (size_t)n); /* it may be a key */
		if (rc == -1 && size <= max && size <= out->max)
			return (err_nomem(e));
		if (rc == -1)
			return (err_set_code(e, ERR_CONFIG, "too_large",
			    "%s: larger than %zu bytes", path, max));
	}
	return (n == 0 ? 0 : err_prefix(e, "%s", path));
}

int
io_slurp(const char *path, size_t max, struct buf *out, struct err *e)
{
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return (slurp_fd(STDIN_FILENO, path, max, out, e));
	if ((fd = io_open(path, O_RDONLY, 0, e)) == -1)
		return (err_errno(e, errno == EACCES ? ERR_PERM : ERR_CONFIG,
		    "%s", path));
	if (!io_is_file(path, fd))
		rc = err_set(e, ERR_CONFIG, "%s: not a file", path);
	else
		rc = slurp_fd(fd, path, max, out, e);
	close(fd);
	return (rc);
}

int
io_sync_dir(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, rc = -1;

	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir == NULL)
		return (err_nomem(e));
	if ((fd = io_open(dir, O_RDONLY | O_DIRECTORY, 0, e)) == -1) {
		err_errno(e, ERR_IO, "%s", dir);
		goto done;
	}
	/* A file system that cannot sync directories says EINVAL. */
	if (fsync(fd) == -1 && errno != EINVAL)
		err_errno(e, ERR_IO, "%s: fsync", dir);
	else
		rc = 0;
	close(fd);
done:
	free(dir);
	return (rc);
}

/* Write ${n} bytes to ${fd}, make them durable and close ${fd}. */
static int
read_to_buf(int fd, const char *path, const void *p, size_t n, struct err *e)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	if (io_write(fd, p, n, e) == -1) {
		close(fd);
		return (err_prefix(e, "%s", path));
	}
	if (fchmod(fd, 0644 & ~mask) == -1 || fsync(fd) == -1) {
		err_errno(e, ERR_IO, "%s", path);
		close(fd);
		return (-1);
	}
	if (io_close(fd, e) == -1)
		return (err_prefix(e, "%s", path));
	return (0);
}

/* Does ${fd} write to ${path}? */
static bool
is_open_as(int fd, const struct stat *path)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && st.st_dev == path->st_dev &&
	    st.st_ino == path->st_ino);
}

/* A pipe, a device, or a file that is already open, such as /dev/stdout. */
static int
write_file(const char *path, const struct stat *st, const void *p, size_t n,
    struct err *e)
{
	int fd, rc;

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (is_open_as(fd, st))
			return (io_write(fd, p, n, e) == -1 ?
			    err_prefix(e, "%s", path) : 0);
	if ((fd = io_open(path, O_WRONLY, 0, e)) == -1)
		return (err_errno(e, errno == EACCES ? ERR_PERM : ERR_IO, "%s",
		    path));
	rc = io_write(fd, p, n, e);
	if (io_close(fd, e) == -1)
		rc = -1;
	return (rc == -1 ? err_prefix(e, "%s", path) : 0);
}

int
io_replace(const char *path, const void *p, size_t n, struct err *e)
{
	struct stat st;
	char *aside;
	int fd, rc = -1;

	if (stat(path, &st) == 0 && (!S_ISREG(st.st_mode) ||
	    is_open_as(STDOUT_FILENO, &st) || is_open_as(STDERR_FILENO, &st)))
		return (write_file(path, &st, p, n, e));
	if (asprintf(&aside, "%s.XXXXXX", path) == -1)
		return (err_nomem(e));
	if ((fd = io_temporary(aside, e)) == -1) {
		err_errno(e, errno == EACCES ? ERR_PERM : ERR_IO, "%s",
		    path);
		goto done;
	}
	if (read_to_buf(fd, path, p, n, e) == -1)
		goto remove;
	if (rename(aside, path) == -1) {
		err_errno(e, ERR_IO, "%s", path);
		goto remove;
	}
	rc = io_sync_dir(path, e);
	goto done;
remove:
	(void)unlink(aside);
done:
	free(aside);
	return (rc);
}

void
io_widen(int fd)
{

	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

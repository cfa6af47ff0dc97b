/* SPDX-License-Identifier: Apache-2.0 */
#include "spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/io.h"

struct spool {
	struct spool_place at;
	int fd;
	bool in_store; /* it is a file in at.store */
	uint64_t size;
};

/* Create a file in dir without a name, or whose name is removed immediately. */
static int
open_nameless(const char *dir, struct err *e)
{
	char path[4096];
	int fd, n;

	fd = io_open(dir, O_TMPFILE | O_RDWR, 0600, e);
	if (fd != -1)
		return (fd);
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return (err_errno(e, ERR_CONFIG, "spool: %s", dir));
	n = snprintf(path, sizeof(path), "%s/nf-stage.XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(path))
		return (err_set(e, ERR_CONFIG, "spool: name is too long"));
	if ((fd = io_temporary(path, e)) == -1)
		return (err_errno(e, ERR_CONFIG, "spool: %s", dir));
	unlink(path);
	return (fd);
}

/* Open a new file for ${s}; return it or -1. */
static int
open_spool(struct spool *s, struct err *e)
{
	int fd = -1;

	s->in_store = false;
	if (s->at.dir != NULL)
		return (open_nameless(s->at.dir, e));
	if (s->at.store != NULL) {
		fd = io_open(s->at.store, O_TMPFILE | O_RDWR, s->at.mode, e);
		s->in_store = fd != -1;
	}
	if (fd == -1 && e->class == ERR_NONE &&
	    (fd = memfd_create("nf-stage", MFD_CLOEXEC)) == -1)
		err_errno(e, ERR_IO, "spool: memory");
	return (fd);
}

struct spool *
spool_new(const struct spool_place *at, struct err *e)
{
	struct spool *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	s->at = *at;
	if ((s->fd = open_spool(s, e)) == -1) {
		free(s);
		return (NULL);
	}
	return (s);
}

void
spool_free(struct spool *s)
{

	if (s == NULL)
		return;
	close(s->fd);
	free(s);
}

int
spool_write(struct spool *s, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, at += done) {
		done = pwrite(s->fd, at, n, (off_t)s->size);
		if (done == -1 && errno == EINTR)
			done = 0;
		if (done == -1)
			return (err_errno(e, ERR_IO, "spool"));
		s->size += (uint64_t)done;
	}
	return (0);
}

int
spool_read(const struct spool *s, uint64_t offset, void *p, size_t n,
    struct err *e)
{
	uint8_t *at = p;
	ssize_t done;

	assert(offset <= s->size && n <= s->size - offset);
	for (; n > 0; n -= (size_t)done, at += done) {
		done = pread(s->fd, at, n, (off_t)offset);
		if (done == -1 && errno == EINTR) {
			done = 0;
			continue;
		}
		if (done == -1)
			return (err_errno(e, ERR_IO, "spool"));
		if (done == 0)
			return (err_set(e, ERR_BUG, "spool: too short"));
		offset += (uint64_t)done;
	}
	return (0);
}

int
spool_file(const struct spool *s)
{

	return (s->in_store ? s->fd : -1);
}

int
spool_reset(struct spool *s, struct err *e)
{
	struct stat st;
	int fd;

	s->size = 0;
	if (s->in_store && fstat(s->fd, &st) == -1)
		return (err_errno(e, ERR_IO, "spool"));
	if (s->in_store && st.st_nlink > 0) { /* a part of the run now */
		if ((fd = open_spool(s, e)) == -1)
			return (-1);
		close(s->fd);
		s->fd = fd;
		return (0);
	}
	if (ftruncate(s->fd, 0) == -1)
		return (err_errno(e, ERR_IO, "spool"));
	return (0);
}

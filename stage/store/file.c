/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_create.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"
#include "lib/report/msg.h"
#include "store.h"

#define PIECE       ((size_t)256 << 10)
#define MAX_PENDING ((size_t)256 << 20) /* bytes of names of folders */

struct file_store {
	struct store base;
	char *dir;    /* ends in "/" */
	bool settled; /* the folders are durable */
	enum file_create_who who; /* may read new files */
};

/* Write the path of name to out; a name never leads out of the folder. */
static int
make_object_path(const struct file_store *f, const char *name,
    char out[PATH_MAX], struct err *e)
{
	int n = snprintf(out, PATH_MAX, "%s%s", f->dir, name);

	if (n < 0 || n >= PATH_MAX)
		return (err_set(e, ERR_CONFIG, "name is too long"));
	return (0);
}

static void
fill_file_info(struct store_info *info, const struct stat *st)
{

	memset(info, 0, sizeof(*info));
	info->size = (uint64_t)st->st_size;
	info->updated = (int64_t)st->st_mtim.tv_sec * 1000000 +
	    st->st_mtim.tv_nsec / 1000;
}

static int
stat_object(struct store *s, const char *name, struct store_info *info,
    struct err *e)
{
	struct file_store *f = (struct file_store *)s;
	char path[PATH_MAX];
	struct stat st;

	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	if (stat(path, &st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return (0);
		return (file_create_failed("stat", e));
	}
	if (!S_ISREG(st.st_mode))
		return (err_set_code(e, ERR_DATA, "not_a_file", "not a file"));
	fill_file_info(info, &st);
	return (1);
}

static int
create_object(struct store *s, const char *name, const struct store_body *body,
    struct store_info *info, struct err *e)
{
	struct file_store *f = (struct file_store *)s;
	char path[PATH_MAX];
	int rc;

	if (!f->settled && (make_object_path(f, "_nf/", path, e) == -1 ||
	    file_create_folders(path, f->who, e) == -1))
		return (-1);
	f->settled = true;
	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	if ((rc = file_create(path, body, f->who, e)) != 1)
		return (rc);
	if (stat_object(s, name, info, e) != 1)
		return (err_set(e, ERR_IO, "removed right after it was created"));
	info->crc32c = body->crc32c;
	return (1);
}

static int
settle_object(struct store *s, const char *name, struct err *e)
{
	struct file_store *f = (struct file_store *)s;
	char path[PATH_MAX];

	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	return (file_create_settle(path, e));
}

static int
read_object(struct store *s, const char *name, const struct store_info *want,
    store_sink *sink, void *arg, struct err *e)
{
	struct file_store *f = (struct file_store *)s;
	char path[PATH_MAX];
	uint8_t *piece = NULL;
	ssize_t n;
	int fd, rc = -1;

	(void)want;
	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	if ((fd = io_open(path, O_RDONLY, 0, e)) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return (0);
		if (errno == ENXIO) /* a socket */
			return (err_set_code(e, ERR_DATA, "not_a_file",
			    "not a file"));
		return (file_create_failed("open", e));
	}
	if (!io_is_file(path, fd)) {
		err_set_code(e, ERR_DATA, "not_a_file", "not a file");
		goto done;
	}
	if ((piece = malloc(PIECE)) == NULL) {
		err_nomem(e);
		goto done;
	}
	while ((n = io_read(fd, piece, PIECE, e)) > 0)
		if (sink(arg, piece, (size_t)n, e) == -1)
			goto done;
	rc = n == -1 ? -1 : 1;

done:
	free(piece);
	close(fd);
	return (rc);
}

/*
 * A listing in progress.  Folders to visit wait as names in pending, so that
 * nested folders use neither stack nor descriptors.
 */
struct walk {
	struct file_store *f;
	const char *prefix;
	enum store_depth depth;
	store_each *each;
	void *arg;
	struct buf pending; /* each with its NUL, the last one is next */
	char name[STORE_MAX_NAME + 2];
	bool long_names;    /* some were skipped */
};

/* Report a folder as such, or visit it later. */
static int
walk_folder(struct walk *w, size_t n, struct err *e)
{
	struct store_entry entry = { .name = w->name };
	size_t np = strlen(w->prefix);

	if (w->depth == STORE_FLAT && n > np)
		return (w->each(w->arg, &entry, e));
	return (buf_append(&w->pending, w->name, n + 1) == -1
	    ? err_nomem(e) : 0);
}

/* Report one entry of the folder dir, or visit it later. */
static int
walk_entry(struct walk *w, int fd, const char *dir, const char *file,
    struct err *e)
{
	struct store_entry entry = { .name = w->name };
	size_t np = strlen(w->prefix);
	struct stat st;
	size_t n;

	n = strlen(dir) + strlen(file);
	if (n > STORE_MAX_NAME) { /* cannot be an object, ours or a bucket's */
		w->long_names = true;
		return (0);
	}
	memcpy(w->name, dir, strlen(dir));
	memcpy(w->name + strlen(dir), file, strlen(file) + 1);
	if (fstatat(fd, file, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : file_create_failed(w->name, e));
	if (S_ISDIR(st.st_mode)) {
		w->name[n++] = '/';
		w->name[n] = '\0';
	} else if (!S_ISREG(st.st_mode)) {
		return (0);
	}
	if (strncmp(w->name, w->prefix, n < np ? n : np) != 0)
		return (0);
	if (S_ISDIR(st.st_mode))
		return (walk_folder(w, n, e));
	fill_file_info(&entry.info, &st);
	return (n < np ? 0 : w->each(w->arg, &entry, e));
}

/* Report the entries of the folder dir, which ends in "/" or is "". */
static int
walk_entries(struct walk *w, const char *dir, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *d;
	int fd, rc = 0;
	DIR *dp;

	if (make_object_path(w->f, dir, path, e) == -1)
		return (-1);
	fd = io_open(path, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return (fd == -1 && (errno == ENOENT || errno == ENOTDIR) ? 0
		    : file_create_failed(path, e));
	}
	while (rc == 0 && (errno = 0, d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		rc = walk_entry(w, fd, dir, d->d_name, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_errno(e, ERR_IO, "%s", path);
	closedir(dp);
	return (rc);
}

/* Take the last name from the pending ones. */
static bool
take_pending(struct walk *w, char dir[STORE_MAX_NAME + 2])
{
	size_t at = w->pending.len;

	if (at == 0)
		return (false);
	for (at--; at > 0 && w->pending.data[at - 1] != '\0'; at--)
		;
	memcpy(dir, w->pending.data + at, w->pending.len - at);
	w->pending.len = at;
	return (true);
}

static int
list_objects(struct store *s, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e)
{
	struct walk w = { .f = (struct file_store *)s, .prefix = prefix,
		.depth = depth, .each = each, .arg = arg };
	char dir[STORE_MAX_NAME + 2] = "";
	const char *slash = strrchr(prefix, '/');
	int rc;

	/* All names with that prefix are in its folder. */
	if (slash != NULL && strlen(prefix) <= STORE_MAX_NAME)
		memcpy(dir, prefix, (size_t)(slash + 1 - prefix));
	buf_init(&w.pending, MAX_PENDING);
	rc = walk_entries(&w, dir, e);
	while (rc == 0 && take_pending(&w, dir))
		if ((rc = sig_check(e)) == 0)
			rc = walk_entries(&w, dir, e);
	buf_free(&w.pending);
	if (rc == 0 && w.long_names)
		msg_log(MSG_WARNING, "left_out", "%s: names of over %d bytes "
		    "are left out of the list", s->uri, STORE_MAX_NAME);
	return (rc);
}

static int
remove_object(struct store *s, const char *name, uint64_t generation,
    struct err *e)
{
	struct file_store *f = (struct file_store *)s;
	char path[PATH_MAX];

	(void)generation;
	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	if (unlink(path) == -1 && errno != ENOENT)
		return (file_create_failed("remove", e));
	return (0);
}

static const char *
show_folder(struct store *s, mode_t *mode)
{
	struct file_store *f = (struct file_store *)s;

	*mode = file_create_mode(f->who);
	return (f->dir);
}

static void
close_folder(struct store *s)
{
	struct file_store *f = (struct file_store *)s;

	free(f->dir);
	free(f);
}

static const struct store_ops file_ops = {
	.create = create_object,
	.stat = stat_object,
	.settle = settle_object,
	.read = read_object,
	.list = list_objects,
	.remove = remove_object,
	.folder = show_folder,
	.close = close_folder,
};

struct store *
file_open(const char *path, const struct store_conf *conf, struct err *e)
{
	struct file_store *f;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->dir = strdup(path)) == NULL) {
		free(f);
		err_nomem(e);
		return (NULL);
	}
	f->base.ops = &file_ops;
	f->who = conf->world_readable ? FILE_CREATE_WORLD : FILE_CREATE_GROUP;
	return (&f->base);
}

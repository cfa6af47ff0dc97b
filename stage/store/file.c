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
#include "store.h"

#define PIECE ((size_t)256 << 10)

struct file_store {
	struct store base;
	char *dir;    /* ends in "/" */
	bool settled; /* the folders are durable */
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
		return (err_set(e, ERR_CONFIG, "not a file"));
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
	    file_create_folders(path, e) == -1))
		return (-1);
	f->settled = true;
	if (make_object_path(f, name, path, e) == -1)
		return (-1);
	if ((rc = file_create(path, body, e)) != 1)
		return (rc);
	if (stat_object(s, name, info, e) != 1)
		return (err_set(e, ERR_IO, "gone as soon as it was made"));
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
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return (0);
		return (file_create_failed("open", e));
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

/* What list_objects hands down from folder to folder. */
struct walk {
	struct file_store *f;
	const char *prefix;
	enum store_depth depth;
	store_each *each;
	void *arg;
};

static int walk_folder(const struct walk *w, const char *dir, struct err *e);

/* Hand on one entry of a folder, or go into it. */
static int
walk_entry(const struct walk *w, const char *dir, const char *file,
    struct err *e)
{
	char name[PATH_MAX], path[PATH_MAX];
	struct store_entry entry = { .name = name };
	size_t np = strlen(w->prefix), nn;
	struct stat st;
	int n;

	n = snprintf(name, sizeof(name), "%s%s", dir, file);
	if (n < 0 || n >= PATH_MAX - 1 ||
	    make_object_path(w->f, name, path, e) == -1)
		return (err_set(e, ERR_CONFIG, "name is too long"));
	if (lstat(path, &st) == -1)
		return (errno == ENOENT ? 0 : file_create_failed(path, e));
	if (S_ISDIR(st.st_mode)) {
		name[n++] = '/';
		name[n] = '\0';
	} else if (!S_ISREG(st.st_mode)) {
		return (0);
	}
	nn = strlen(name);
	if (strncmp(name, w->prefix, nn < np ? nn : np) != 0)
		return (0);
	if (!S_ISDIR(st.st_mode)) {
		fill_file_info(&entry.info, &st);
		return (nn < np ? 0 : w->each(w->arg, &entry, e));
	}
	if (w->depth == STORE_DEEP || nn <= np)
		return (walk_folder(w, name, e));
	return (w->each(w->arg, &entry, e));
}

static int
walk_folder(const struct walk *w, const char *dir, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dp;
	int rc = 0;

	if (make_object_path(w->f, dir, path, e) == -1)
		return (-1);
	if ((dp = opendir(path)) == NULL)
		return (errno == ENOENT || errno == ENOTDIR ? 0 :
		    file_create_failed(path, e));
	while (rc == 0 && (errno = 0, d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		rc = walk_entry(w, dir, d->d_name, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_errno(e, ERR_IO, "%s", path);
	closedir(dp);
	return (rc);
}

static int
list_objects(struct store *s, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e)
{
	struct walk w = { .f = (struct file_store *)s, .prefix = prefix,
		.depth = depth, .each = each, .arg = arg };

	return (walk_folder(&w, "", e));
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
	.close = close_folder,
};

struct store *
file_open(const char *path, struct err *e)
{
	struct file_store *f;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->dir = strdup(path)) == NULL) {
		free(f);
		err_nomem(e);
		return (NULL);
	}
	f->base.ops = &file_ops;
	return (&f->base);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "file_create.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/report/waiting.h"
#include "spool.h"
#include "store.h"

#define PIECE ((size_t)256 << 10)
#define TEMPORARY 24 /* room for a suffix of a name */

/* Before the umask. */
#define FOLDER_MODE(who) ((who) == FILE_CREATE_WORLD ? 0777 : 0770)

mode_t
file_create_mode(enum file_create_who who)
{

	return (who == FILE_CREATE_WORLD ? 0666 : 0660);
}

int
file_create_failed(const char *what, struct err *e)
{
	enum err_class class = ERR_IO;

	if (errno == EACCES || errno == EPERM || errno == EROFS)
		class = ERR_PERM;
	return (err_errno(e, class, "%s", what));
}

enum made { FOUND, MADE };

/*
 * Make the folder itself durable: another process may have created it and
 * died.  If we may not even look there, that is not our concern.
 */
static int
settle_folder(char *folder, enum made made, struct err *e)
{
	char *slash = strrchr(folder, '/');
	int may;

	*slash = '\0';
	may = access(slash == folder ? "/" : folder, R_OK);
	*slash = '/';
	return (may == -1 && made == FOUND ? 0 : io_sync_dir(folder, e));
}

/* What to do with the folders above a file. */
enum care { MAKE, SETTLE, MAKE_AND_SETTLE };

static int
care_for_folders(const char *path, enum care care, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t i, n = strlen(path);
	enum made made;

	if (n >= sizeof(part))
		return (err_set(e, ERR_CONFIG, "name is too long"));
	memcpy(part, path, n + 1);
	for (i = 1; i < n; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		made = care != SETTLE && mkdir(part, mode) == 0 ? MADE : FOUND;
		if (care != SETTLE && made == FOUND && errno != EEXIST &&
		    errno != EISDIR)
			return (file_create_failed("mkdir", e));
		if ((made == MADE || care != MAKE) &&
		    settle_folder(part, made, e) == -1)
			return (-1);
		part[i] = '/';
	}
	return (0);
}

int
file_create_folders(const char *path, enum file_create_who who,
    struct err *e)
{
	int rc;

	waiting_enter(0, "the disk to make a folder");
	rc = care_for_folders(path, MAKE_AND_SETTLE, FOLDER_MODE(who), e);
	waiting_leave();
	return (rc);
}

int
file_create_settle(const char *path, struct err *e)
{
	char copy[PATH_MAX];
	size_t n = strlen(path);
	int rc;

	waiting_enter(0, "the disk to settle a folder");
	if ((rc = care_for_folders(path, SETTLE, 0, e)) == 0) {
		memcpy(copy, path, n + 1); /* it fits: that was checked */
		rc = settle_folder(copy, FOUND, e);
	}
	waiting_leave();
	return (rc);
}

/* Write the body to fd, checking it on the way, and make it durable. */
static int
fill_file(int fd, const struct store_body *body, struct err *e)
{
	uint64_t at = 0;
	uint32_t crc = 0;
	uint8_t *piece;
	size_t n;
	int rc = 0;

	if ((piece = malloc(PIECE)) == NULL)
		return (err_nomem(e));
	for (; rc == 0 && at < body->size; at += n) {
		n = body->size - at < PIECE ? (size_t)(body->size - at)
					    : PIECE;
		rc = store_body_read(body, at, piece, n, e);
		if (rc == 0)
			rc = io_write(fd, piece, n, e);
		if (rc == 0)
			crc = crc32c_update(crc, piece, n);
	}
	free(piece);
	if (rc == 0 && crc != body->crc32c)
		rc = err_set(e, ERR_IO, "the spool has changed its bytes");
	if (rc == 0 && fsync(fd) == -1)
		rc = file_create_failed("fsync", e);
	return (rc);
}

/* Does this errno mean that the file system does not support it? */
static bool
is_unsupported(int code)
{

	return (code == EOPNOTSUPP || code == EINVAL || code == ENOSYS ||
	    code == EPERM || code == EISDIR || code == ENOTSUP);
}

/*
 * Give the file fd, which has no name, the name path.  Return 1, 0 if path
 * exists, -1, or -2 if this cannot be done here.
 */
static int
name_nameless(int fd, const char *path, struct err *e)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return (1);
	if (errno == EEXIST)
		return (0);
	return (is_unsupported(errno) || errno == ENOENT || errno == EXDEV
	    ? -2 : file_create_failed("link", e));
}

/* The bytes are in such a file already: the same. */
static int
create_by_spool(const char *path, const struct store_body *body,
    struct err *e)
{
	int fd = body->spool == NULL ? -1 : spool_file(body->spool);
	struct stat st;

	if (fd == -1)
		return (-2);
	if (fstat(fd, &st) == -1 || (uint64_t)st.st_size != body->size)
		return (err_set(e, ERR_IO, "the spool has changed its size"));
	if (fsync(fd) == -1)
		return (file_create_failed("fsync", e));
	return (name_nameless(fd, path, e));
}

/* Write to a file without a name in folder dir: the same. */
static int
create_by_nameless(const char *dir, const char *path,
    const struct store_body *body, mode_t mode, struct err *e)
{
	int fd, rc;

	if ((fd = io_open(dir, O_TMPFILE | O_WRONLY, mode, e)) == -1)
		return (is_unsupported(errno) ? -2
		    : file_create_failed("create", e));
	if ((rc = fill_file(fd, body, e)) == 0)
		rc = name_nameless(fd, path, e);
	close(fd);
	return (rc);
}

/* Give the file at temp the name path; 1, 0 if that exists, -1. */
static int
name_new_file(const char *temp, const char *path, struct err *e)
{

	if (link(temp, path) == 0)
		return (1);
	if (errno == EEXIST)
		return (0);
	if (!is_unsupported(errno))
		return (file_create_failed("link", e));
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return (1);
	if (errno == EEXIST)
		return (0);
	if (!is_unsupported(errno))
		return (file_create_failed("rename", e));
	return (err_set_code(e, ERR_CONFIG, "no_create", "this file system has "
	    "neither link(2) nor RENAME_NOREPLACE: runs cannot be stored "
	    "here"));
}

/* Create a file with an unused name that begins with dir; or -1. */
static int
open_temporary(const char *dir, mode_t mode, char temp[PATH_MAX],
    struct err *e)
{
	uint64_t chance;
	size_t n = strlen(dir);
	int fd, tries = 0;

	if (n + TEMPORARY > PATH_MAX)
		return (err_set(e, ERR_CONFIG, "name is too long"));
	memcpy(temp, dir, n);
	do {
		if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
			return (err_errno(e, ERR_IO, "getrandom"));
		snprintf(temp + n, TEMPORARY, ".nf-%016" PRIx64, chance);
		fd = io_open(temp, O_WRONLY | O_CREAT | O_EXCL, mode, e);
	} while (fd == -1 && errno == EEXIST && ++tries < 100);
	return (fd == -1 ? file_create_failed("create", e) : fd);
}

/* The same with a temporary name. */
static int
create_by_temporary(const char *dir, const char *path,
    const struct store_body *body, mode_t mode, struct err *e)
{
	char temp[PATH_MAX];
	int fd, rc;

	if ((fd = open_temporary(dir, mode, temp, e)) == -1)
		return (-1);
	if ((rc = fill_file(fd, body, e)) == 0)
		rc = name_new_file(temp, path, e);
	close(fd);
	unlink(temp);
	return (rc);
}

static int
create_and_settle(const char *path, const struct store_body *body,
    enum file_create_who who, struct err *e)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	mode_t mode = file_create_mode(who);
	size_t n = (size_t)(slash - path) + 1;
	int rc;

	assert(path[0] == '/');
	if (care_for_folders(path, MAKE, FOLDER_MODE(who), e) == -1)
		return (-1);
	memcpy(dir, path, n);
	dir[n] = '\0';
	if (access(path, F_OK) == 0)
		rc = 0;
	else if ((rc = create_by_spool(path, body, e)) == -2 &&
	    (rc = create_by_nameless(dir, path, body, mode, e)) == -2)
		rc = create_by_temporary(dir, path, body, mode, e);
	/*
	 * Also if another process created it: it counts once the folder is
	 * durable.
	 */
	if (rc != -1 && io_sync_dir(path, e) == -1)
		return (-1);
	return (rc);
}

int
file_create(const char *path, const struct store_body *body,
    enum file_create_who who, struct err *e)
{
	int rc;

	waiting_enter(0, "the disk to store %s", strrchr(path, '/') + 1);
	rc = create_and_settle(path, body, who, e);
	waiting_leave();
	return (rc);
}

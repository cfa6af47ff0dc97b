/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/base/sig.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "sqlite_db.h"
#include "sqlite_view.h"

#define BUSY_MS 60000 /* how long to wait for another writer */
#define LOCK_TEXT "%s, locked by another program"
#define AGAIN_MS 10   /* between two checks */
#define CLOSE_TRIES 3
#define FILE_MODE 0660 /* less the umask: not world-readable */
#define MAX_PATH ((size_t)3 * 4096 + 64)
#define APPLICATION_ID 1313230700 /* "NF" and a number, in the header */
#define LAYOUT 1       /* user_version; 0: not written yet */
#define TEXT(x) #x
#define VALUE(x) TEXT(x)
#define WAL_AT 18 /* in the header: 2 if there is a log next to the file */

/*
 * Cells contain the names of families, so the order of the primary key is the
 * order of Bigtable.
 */
static const char schema_sql[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS nf_table("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " granularity TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS nf_family("
    " table_id INTEGER NOT NULL, name TEXT NOT NULL, gc TEXT NOT NULL,"
    " PRIMARY KEY(table_id, name)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS nf_cell("
    " table_id INTEGER NOT NULL, row BLOB NOT NULL, family TEXT NOT NULL,"
    " qualifier BLOB NOT NULL, ts INTEGER NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY(table_id, row, family, qualifier, ts DESC)) WITHOUT ROWID;"
    SQLITE_VIEW_SCHEMA
    "PRAGMA application_id = " VALUE(APPLICATION_ID) ";"
    "PRAGMA user_version = " VALUE(LAYOUT) ";"
    "COMMIT;";

/* Identification in a database file. */
struct identity {
	int64_t application, layout;
	int64_t objects; /* tables and views, ours or not */
	bool cells;      /* it has our table of cells */
};

/* Wait for a lock; a signal ends the wait. */
static int
wait_for_lock(void *arg, int n)
{
	struct sqlite_db *d = arg;
	int64_t now = clock_mono_ms();

	if (n == 0)
		d->busy_since = now;
	if (sig_caught() != 0 || now - d->busy_since >= BUSY_MS)
		return (0);
	if (n == 0 && !d->locked) {
		d->locked = true; /* until sqlite_db_exec ends */
		waiting_enter(BUSY_MS, LOCK_TEXT, d->file);
	}
	clock_sleep_ms(AGAIN_MS);
	return (1);
}

/*
 * The file name for SQLite: always a path, even if it is ":memory:" or begins
 * with "file:", which SQLite would interpret.
 */
static int
make_path(struct sqlite_db *d, struct buf *out, struct err *e)
{

	if (d->conf.file[0] != '/')
		buf_puts(out, "./");
	buf_puts(out, d->conf.file);
	return (buf_cstr(out) == NULL ? err_nomem(e) : 0);
}

static bool
has_log(const char *path)
{
	struct stat st;
	struct buf b;
	bool has;

	buf_init(&b, MAX_PATH);
	buf_printf(&b, "%s-wal", path);
	has = buf_cstr(&b) != NULL &&
	    stat((const char *)b.data, &st) == 0 && st.st_size > 0;
	buf_free(&b);
	return (has);
}

/* Would SQLite look for a log, and create its files, to read? */
static bool
wants_log(const char *path)
{
	uint8_t version = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return (false);
	if (pread(fd, &version, 1, WAL_AT) != 1)
		version = 0;
	close(fd);
	return (version == 2);
}

/* Remember the state of the file.  Return false if it does not exist. */
static bool
note_state(struct sqlite_db *d)
{
	struct stat st;

	if (stat(d->file, &st) == -1)
		return (false);
	d->state = (struct sqlite_db_state){ .device = st.st_dev,
		.inode = st.st_ino, .changed = st.st_mtim,
		.size = st.st_size };
	return (true);
}

/*
 * Open to read.  A file in log mode without a log is read as immutable: else
 * SQLite would leave files next to it, or fail if it may not write there.
 */
static int
open_to_read(struct sqlite_db *d, const char *path)
{
	struct buf uri;
	int rc;

	if (!wants_log(path) || has_log(path))
		return (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READONLY,
		    NULL));
	buf_init(&uri, MAX_PATH);
	buf_puts(&uri, "file:");
	percent_encode(&uri, path, strlen(path));
	buf_puts(&uri, "?immutable=1");
	d->unseen = note_state(d);
	rc = buf_cstr(&uri) == NULL ? SQLITE_NOMEM :
	    sqlite3_open_v2((const char *)uri.data, &d->db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	buf_free(&uri);
	return (rc);
}

static int
select_number(struct sqlite_db *d, const char *sql, int64_t *v,
    struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (sqlite_db_prepare(d, sql, &stmt, e) == -1)
		return (-1);
	if ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		*v = sqlite3_column_int64(stmt, 0);
	else
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_ROW ? 0 : -1);
}

static int
read_identity(struct sqlite_db *d, struct identity *is, struct err *e)
{
	int64_t cells;

	if (select_number(d, "PRAGMA application_id", &is->application, e) ==
	    -1 ||
	    select_number(d, "PRAGMA user_version", &is->layout, e) == -1 ||
	    select_number(d, "SELECT count(*) FROM sqlite_master",
	    &is->objects, e) == -1 ||
	    select_number(d, "SELECT count(*) FROM sqlite_master WHERE name ="
	    " 'nf_cell' AND type = 'table'", &cells, e) == -1)
		return (-1);
	is->cells = cells == 1;
	return (0);
}

/* Is it one of ours, or (with ${create}) an empty one that may become ours? */
static int
judge_identity(const struct sqlite_db *d, const struct identity *is,
    enum sqlite_file_use use, struct err *e)
{

	if (is->objects == 0 && is->application == 0) {
		if (use == SQLITE_FILE_CREATE)
			return (0);
		return (err_set_code(e, ERR_CONFIG, "not_ours",
		    "%s: an empty database; nf-load create makes its tables",
		    d->file));
	}
	if (is->application != APPLICATION_ID)
		return (err_set_code(e, ERR_CONFIG, "not_ours",
		    "%s: a database of another program; it is left unchanged",
		    d->file));
	if (is->layout > LAYOUT || is->layout < 0 || !is->cells)
		return (err_set_code(e, ERR_CONFIG, "other_version",
		    "%s: made by another version of nf-load (layout %" PRId64
		    ", this one knows %d)", d->file, is->layout, LAYOUT));
	return (0);
}

/* SQLite waits for locks only after a busy handler is set. */
static int
set_up(struct sqlite_db *d, int rc, struct err *e)
{

	if (rc != SQLITE_OK)
		return (sqlite_db_error(d, e));
	sqlite3_busy_handler(d->db, wait_for_lock, d);
	return (sqlite_db_exec(d, "PRAGMA synchronous = FULL;"
	    "PRAGMA cache_size = -8000", e));
}

/*
 * Give the file a log.  SQLite does not wait for another process that does the
 * same, because both may have begun to read the file.
 */
static int
start_log(struct sqlite_db *d, struct err *e)
{
	int64_t until = clock_mono_ms() + BUSY_MS;
	int rc;

	waiting_enter(BUSY_MS, LOCK_TEXT, d->file);
	while ((rc = sqlite_db_exec(d, "PRAGMA journal_mode = WAL", e)) == -1) {
		if (sqlite3_errcode(d->db) != SQLITE_BUSY ||
		    e->class == ERR_SIGNAL || clock_mono_ms() >= until)
			break;
		err_clear(e);
		clock_sleep_ms(AGAIN_MS);
	}
	waiting_leave();
	d->logs = rc == 0;
	return (rc);
}

/* Remove the log, unless another process uses it. */
static void
stop_log(struct sqlite_db *d)
{
	int tries;

	sqlite3_busy_handler(d->db, NULL, NULL);
	for (tries = 0; tries < CLOSE_TRIES; tries++) {
		if (sqlite3_exec(d->db, "PRAGMA journal_mode = DELETE", NULL,
		    NULL, NULL) == SQLITE_OK)
			break;
		clock_sleep_ms(AGAIN_MS);
	}
}

/* Check the file without SQLite. 1 if it exists, 0, -1. */
static int
look_at_file(const struct sqlite_db *d, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (errno == ENOENT ? 0 : err_errno(e,
		    errno == EACCES ? ERR_PERM : ERR_CONFIG, "%s", d->file));
	if (!S_ISREG(st.st_mode))
		return (err_set(e, ERR_CONFIG, "%s: not a regular file",
		    d->file));
	return (st.st_size > 0 ? 1 : 0);
}

/* Open the existing file to read it, and check what it is. */
static int
open_known(struct sqlite_db *d, const char *path, enum sqlite_file_use use,
    struct identity *is, struct err *e)
{

	if (set_up(d, open_to_read(d, path), e) == -1 ||
	    read_identity(d, is, e) == -1) {
		/*
		 * Only a process that may write can recover what a killed
		 * writer left.
		 */
		if ((sqlite3_errcode(d->db) & 0xff) != SQLITE_READONLY ||
		    access(path, W_OK) == -1)
			return (-1);
		err_clear(e);
		sqlite3_close(d->db);
		if (set_up(d, sqlite3_open_v2(path, &d->db,
		    SQLITE_OPEN_READWRITE, NULL), e) == -1 ||
		    read_identity(d, is, e) == -1)
			return (-1);
	}
	return (judge_identity(d, is, use, e));
}

/* We create a new file ourselves, so that it is not world-readable. */
static int
make_file(const struct sqlite_db *d, const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);

	if (fd == -1)
		return (err_errno(e, errno == EACCES || errno == EROFS ?
		    ERR_PERM : errno == ENOENT || errno == ENOTDIR ?
		    ERR_CONFIG : ERR_IO, "%s", d->file));
	close(fd);
	return (0);
}

static int
fail_moved(const struct sqlite_db *d, struct err *e)
{

	return (err_set_code(e, ERR_IO, "file_moved", "%s: the file was "
	    "removed or replaced: what was written to it is lost", d->file));
}

static int
open_path(struct sqlite_db *d, const char *path, enum sqlite_file_use use,
    struct err *e)
{
	struct identity is = { .layout = 0 };
	int there = look_at_file(d, path, e);

	if (there == -1)
		return (-1);
	if (there == 0 && use != SQLITE_FILE_CREATE)
		return (err_set(e, ERR_CONFIG, "%s: no database; nf-load "
		    "create makes one", d->file));
	if (there == 1 && open_known(d, path, use, &is, e) == -1)
		return (-1);
	if (use == SQLITE_FILE_READ)
		return (0);
	sqlite3_close(d->db);
	d->db = NULL;
	d->unseen = false;
	if ((there == 0 && make_file(d, path, e) == -1) ||
	    set_up(d, sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE,
	    NULL), e) == -1 || start_log(d, e) == -1)
		return (-1);
	if (!note_state(d))
		return (fail_moved(d, e));
	if (use == SQLITE_FILE_CREATE || is.layout < LAYOUT)
		return (sqlite_db_exec(d, schema_sql, e));
	return (0);
}

int
sqlite_file_open(struct sqlite_db *d, enum sqlite_file_use use,
    struct err *e)
{
	struct buf path;
	int rc;

	d->scratch = use == SQLITE_FILE_SCRATCH;
	d->file = d->scratch ? "the temporary database" : d->conf.file;
	buf_init(&d->text, SIZE_MAX / 2);
	if (d->scratch) {
		/* SQLite chooses a place for a file without a name. */
		rc = sqlite3_open_v2("", &d->db, SQLITE_OPEN_READWRITE |
		    SQLITE_OPEN_CREATE, NULL);
		return (set_up(d, rc, e) == -1 ? -1 :
		    sqlite_db_exec(d, schema_sql, e));
	}
	buf_init(&path, MAX_PATH);
	if ((rc = make_path(d, &path, e)) == 0)
		rc = open_path(d, (const char *)path.data, use, e);
	if (rc == 0)
		msg_trace(MSG_DEBUG, "database", "%s: opened with SQLite %s",
		    d->file, sqlite3_libversion());
	buf_free(&path);
	return (rc);
}

void
sqlite_file_close(struct sqlite_db *d)
{

	if (d->logs)
		stop_log(d);
	sqlite3_close(d->db);
}

/* The file has become shorter: truncated by SQLite or by somebody else? */
static int
check_pages(struct sqlite_db *d, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	bool whole;

	if (sqlite_db_prepare(d, "PRAGMA quick_check(1)", &stmt, e) == -1)
		return (-1);
	whole = sqlite3_step(stmt) == SQLITE_ROW &&
	    strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	if (whole)
		return (0);
	return (err_set_code(e, ERR_IO, "file_moved", "%s: the file was cut "
	    "off or overwritten", d->file));
}

int
sqlite_file_check(struct sqlite_db *d, struct err *e)
{
	struct stat st;
	off_t size = d->state.size;
	int moved = 0;

	if (d->scratch)
		return (0);
	if (sqlite3_file_control(d->db, "main", SQLITE_FCNTL_HAS_MOVED,
	    &moved) != SQLITE_OK || moved != 0 || stat(d->file, &st) == -1 ||
	    st.st_dev != d->state.device || st.st_ino != d->state.inode)
		return (fail_moved(d, e));
	d->state.size = st.st_size;
	return (st.st_size < size ? check_pages(d, e) : 0);
}

int
sqlite_file_check_read(const struct sqlite_db *d, struct err *e)
{
	struct stat st;

	if (!d->unseen)
		return (0);
	if (stat(d->file, &st) == 0 && st.st_size == d->state.size &&
	    st.st_mtim.tv_sec == d->state.changed.tv_sec &&
	    st.st_mtim.tv_nsec == d->state.changed.tv_nsec)
		return (0);
	return (err_set(e, ERR_TEMP, "%s: was changed while it was read",
	    d->file));
}

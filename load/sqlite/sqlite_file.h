/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_FILE_H
#define NF_LOAD_SQLITE_SQLITE_FILE_H

/*
 * The file of a SQLite target: checks that it is one of ours, opens it for
 * each use, and checks that it has not been moved.  While a process writes it,
 * there is a log next to it (-wal, -shm); at rest it is a single plain file,
 * which can be read without write permission.
 */
struct err;
struct sqlite_db;

enum sqlite_file_use {
	SQLITE_FILE_READ,
	SQLITE_FILE_WRITE,
	SQLITE_FILE_CREATE, /* created if missing */
	SQLITE_FILE_SCRATCH /* temporary, deleted when closed */
};

/**
 * sqlite_file_open(d, use, e) / sqlite_file_close(d):
 * Open the database of d->conf; close it, discarding uncommitted changes.
 * Return 0 or -1; the caller closes it in both cases.  Errors: ERR_CONFIG (no
 * file, not a database, code not_ours: of another program, other_version),
 * ERR_PERM, ERR_IO, ERR_TEMP (locked for too long), ERR_SIGNAL.
 */
int sqlite_file_open(struct sqlite_db *d, enum sqlite_file_use use,
    struct err *e);
void sqlite_file_close(struct sqlite_db *d);

/**
 * sqlite_file_check(d, e):
 * Check that the name still leads to the open file: data written to a removed
 * or replaced file are lost.  Return 0 or -1 (ERR_IO, code file_moved).
 */
int sqlite_file_check(struct sqlite_db *d, struct err *e);

/**
 * sqlite_file_check_read(d, e):
 * After all data have been read: check that no process that could not see our
 * read has written in the meantime.  Return 0 or -1 (ERR_TEMP).
 */
int sqlite_file_check_read(const struct sqlite_db *d, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_FILE_H */

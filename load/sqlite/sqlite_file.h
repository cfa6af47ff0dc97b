/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_FILE_H
#define NF_LOAD_SQLITE_SQLITE_FILE_H

/*
 * The file of a SQLite target: whether it is one of ours, how it is opened
 * for what, and that it is still where it was.  While somebody writes it has
 * a log beside it (-wal, -shm); at rest it is one plain file, which can be
 * read without the right to write.
 */
struct err;
struct sqlite_db;

enum sqlite_file_use {
	SQLITE_FILE_READ,
	SQLITE_FILE_WRITE,
	SQLITE_FILE_CREATE, /* made if it is not there */
	SQLITE_FILE_SCRATCH /* one that vanishes when it is closed */
};

/**
 * sqlite_file_open(d, use, e) / sqlite_file_close(d):
 * Open the database of d->conf; close it, without what is not committed.
 * Return 0, or -1, and what was opened is still to be closed: ERR_CONFIG (no
 * file, not a database, code not_ours: of another program, other_version),
 * ERR_PERM, ERR_IO, ERR_TEMP (locked for too long), ERR_SIGNAL.
 */
int sqlite_file_open(struct sqlite_db *d, enum sqlite_file_use use,
    struct err *e);
void sqlite_file_close(struct sqlite_db *d);

/**
 * sqlite_file_check(d, e):
 * Is the file still what its name leads to?  What was written to one that was
 * removed or replaced is nowhere.  Return 0 or -1 (ERR_IO, code file_moved).
 */
int sqlite_file_check(struct sqlite_db *d, struct err *e);

/**
 * sqlite_file_check_read(d, e):
 * All was read: did nobody write meanwhile who could not see that we read?
 * Return 0 or -1 (ERR_TEMP).
 */
int sqlite_file_check_read(const struct sqlite_db *d, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_FILE_H */

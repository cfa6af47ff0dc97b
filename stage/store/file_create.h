/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_FILE_CREATE_H
#define NF_STAGE_STORE_FILE_CREATE_H

#include <sys/types.h>

/*
 * Creating a file that either is complete and durable or does not exist, and
 * that never replaces another.
 */
struct err;
struct store_body;

/* Who may read the new file, where the umask allows it. */
enum file_create_who { FILE_CREATE_GROUP, FILE_CREATE_WORLD };

/**
 * file_create_mode(who):
 * Return the mode of a new file for ${who}, before the umask.
 */
mode_t file_create_mode(enum file_create_who who);

/**
 * file_create_failed(what, e):
 * Report that the system call ${what}, or one on path ${what}, failed with
 * errno.  Return -1 and fill ${e}: ERR_PERM or ERR_IO.
 */
int file_create_failed(const char *what, struct err *e);

/**
 * file_create_folders(path, who, e):
 * Create the folders above ${path}, for ${who}.  Afterwards all are durable,
 * no matter which process created them: a process that died, or a concurrent
 * one, may not have synced them.  Return 0 or -1.
 */
int file_create_folders(const char *path, enum file_create_who who,
    struct err *e);

/**
 * file_create_settle(path, e):
 * The file ${path} exists: make it and the folders above it durable.  Return 0
 * or -1.
 */
int file_create_settle(const char *path, struct err *e);

/**
 * file_create(path, body, who, e):
 * Create the file ${path}, for ${who}, with the contents of ${body}, and any
 * missing folders above it.  A spool that is a file in that folder gets the
 * name; else the bytes are copied, and checked against their CRC32C.  Return
 * 1, 0 if ${path} already exists (it is durable then too), -1 on error:
 * ERR_CONFIG if the file system can neither link(2) nor RENAME_NOREPLACE,
 * ERR_PERM, ERR_IO.
 */
int file_create(const char *path, const struct store_body *body,
    enum file_create_who who, struct err *e);

#endif /* !NF_STAGE_STORE_FILE_CREATE_H */

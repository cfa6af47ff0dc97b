/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_FILE_CREATE_H
#define NF_STAGE_STORE_FILE_CREATE_H

/*
 * Making a file that is whole and durable or not there, and that never
 * replaces another.
 */
struct err;
struct store_body;

/* Who may read what is made, where the umask allows it. */
enum file_create_who { FILE_CREATE_GROUP, FILE_CREATE_WORLD };

/**
 * file_create_failed(what, e):
 * System call ${what}, or one on path ${what}, failed with errno.  Return -1
 * and fill ${e}: ERR_PERM or ERR_IO.
 */
int file_create_failed(const char *what, struct err *e);

/**
 * file_create_folders(path, who, e):
 * Make the folders above ${path}, for ${who}.  Afterwards all are durable,
 * whichever process made them: one that died, or a concurrent one, may not
 * have synced them.
 * Return 0 or -1.
 */
int file_create_folders(const char *path, enum file_create_who who,
    struct err *e);

/**
 * file_create_settle(path, e):
 * The file ${path} is there: make it and the folders above it durable.
 * Return 0 or -1.
 */
int file_create_settle(const char *path, struct err *e);

/**
 * file_create(path, body, who, e):
 * Create the file ${path}, for ${who}, with what ${body} holds, checked against its
 * CRC32C, and what is missing of the folders above it.  Return 1, 0 if there
 * is a ${path} already (it is durable then too), -1 on error: ERR_CONFIG if
 * the file system can neither link(2) nor RENAME_NOREPLACE, ERR_PERM, ERR_IO.
 */
int file_create(const char *path, const struct store_body *body,
    enum file_create_who who, struct err *e);

#endif /* !NF_STAGE_STORE_FILE_CREATE_H */

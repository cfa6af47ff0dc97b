/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_FILE_H
#define NF_STAGE_STORE_FILE_H

/*
 * The store in a folder of a file system.  A file is complete and durable when
 * it appears under its name: it is written without a name (O_TMPFILE, else
 * under a temporary name), fsynced, given its name by link(2) or
 * RENAME_NOREPLACE, which never replace a file, and then the folder is
 * fsynced.
 */
struct err;
struct store;
struct store_conf;

/**
 * file_open(path, conf, e):
 * Open the store in folder ${path}, which ends in "/"; it need not exist.
 * Files and folders are created for owner and group only, as far as the umask
 * allows, unless ${conf} says otherwise.
 */
struct store *file_open(const char *path, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_STORE_FILE_H */

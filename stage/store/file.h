/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_FILE_H
#define NF_STAGE_STORE_FILE_H

/*
 * The store in a folder of a file system.  A file appears under its name
 * whole and durable: written without one (O_TMPFILE, else a temporary name),
 * fsynced, given its name by link(2) or RENAME_NOREPLACE, which never
 * replace, and the folder fsynced.
 */
struct err;
struct store;
struct store_conf;

/**
 * file_open(path, conf, e):
 * The store in folder ${path}, which ends in "/"; it need not exist.  What is
 * made is for its owner and group alone, as far as the umask allows, unless
 * ${conf} says otherwise.
 */
struct store *file_open(const char *path, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_STORE_FILE_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_FILE_H
#define NF_FETCH_SOURCE_SOURCE_FILE_H

/*
 * A source whose "url" is a file: a single page, with no requests.
 */
struct config;
struct err;
struct source;

/**
 * source_file_note(s, c, e):
 * Set ${s}->file, to be freed, if ${s}->url names a file.  Return 0, or -1
 * with ERR_CONFIG if the file does not exist.
 */
int source_file_note(struct source *s, const struct config *c,
    struct err *e);

/**
 * source_file_check(s, c, e):
 * Return 0, or -1 with ERR_CONFIG if the source ${c} has members that apply
 * only to requests.
 */
int source_file_check(const struct source *s, const struct config *c,
    struct err *e);

#endif /* !NF_FETCH_SOURCE_SOURCE_FILE_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_TOKEN_FILE_H
#define NF_LIB_GOOGLE_CRED_TOKEN_FILE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/*
 * A file with an access token that another program gets and renews, such as
 * "gcloud auth print-access-token" or an agent.  Part of cred.c.
 */
struct buf;
struct err;

/* All zero except the path: not read yet. */
struct cred_token_file {
	const char *path;
	/* its state when it was read */
	struct timespec changed;
	off_t size;
	ino_t inode;
};

/**
 * cred_token_file_changed(t):
 * Return true if the file has changed since it was last read.
 */
bool cred_token_file_changed(const struct cred_token_file *t);

/**
 * cred_token_file_read(t, out, e):
 * Put the token, one word, into ${out}.  Return 0 or -1: ERR_CONFIG (no such
 * file, not a token).
 */
int cred_token_file_read(struct cred_token_file *t, struct buf *out,
    struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_TOKEN_FILE_H */

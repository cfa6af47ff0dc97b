/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_TOKEN_FILE_H
#define NF_LIB_GOOGLE_CRED_TOKEN_FILE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/*
 * A file that holds an access token which somebody else gets and renews:
 * "gcloud auth print-access-token", an agent beside us.  Part of cred.c.
 */
struct buf;
struct err;

/* Zeroed but for the path: not read yet. */
struct cred_token_file {
	const char *path;
	/* what it was when it was read */
	struct timespec changed;
	off_t size;
	ino_t inode;
};

/**
 * cred_token_file_changed(t):
 * Return true if the file is not the one that was read last.
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

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SHARE_H
#define NF_LIB_BASE_SHARE_H

/*
 * What is installed beside the tools: share/nf-tools next to the folder of
 * the program, or the source tree that the program was built in.
 */
struct err;

/**
 * share_mapping(word, e):
 * Find the mapping that ${word} means.  A name without '/' and '.', such as
 * "nf-wide", is that of an installed one, whatever is in the working
 * directory; a name with a '.' that does not end in ".json" is too, if there
 * is no such file; anything else is a path, and is not looked at.  Return the
 * path, to be freed by the caller, or NULL: ERR_CONFIG with the names that
 * there are, or ERR_IO (memory).
 */
char *share_mapping(const char *word, struct err *e);

#endif /* !NF_LIB_BASE_SHARE_H */

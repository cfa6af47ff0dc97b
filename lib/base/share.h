/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SHARE_H
#define NF_LIB_BASE_SHARE_H

/*
 * Files that are installed with the tools: in share/nf-tools next to the
 * folder of the program, or in the source tree that it was built in.
 */
struct err;

/**
 * share_mapping(word, e):
 * Find the mapping that ${word} refers to.  A name without '/' and '.', such
 * as "nf-wide", is an installed mapping, whatever is in the working directory.
 * So is a name with a '.' that does not end in ".json", if there is no such
 * file.  Anything else is a path, and is not checked.  Return the path, to be
 * freed by the caller, or NULL: ERR_CONFIG with a list of the installed names,
 * or ERR_IO (memory).
 */
char *share_mapping(const char *word, struct err *e);

#endif /* !NF_LIB_BASE_SHARE_H */

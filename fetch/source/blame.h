/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_BLAME_H
#define NF_FETCH_SOURCE_BLAME_H

/*
 * Who wrote what is wrong in a source: the command line, or its file.
 */
struct err;
struct options;

/**
 * blame(o, url, e):
 * ${e} says with a JSON Pointer what is wrong in the source that the options
 * ${o} and the operand ${url} make.  Put the file's name in front of it if
 * that is wrong by itself; otherwise name the option instead of the pointer
 * and make it ERR_USAGE.  Always return -1.
 */
int blame(const struct options *o, const char *url, struct err *e);

#endif /* !NF_FETCH_SOURCE_BLAME_H */

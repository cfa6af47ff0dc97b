/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_JANSSON_H
#define NF_LIB_JSON_JANSSON_H

#include <stdbool.h>

struct buf;

/*
 * The memory of jansson, which has one switch for it in a process: what it
 * frees is wiped, as it may have been a key or a token, and that memory ran
 * out is remembered, which jansson itself forgets.
 */

/**
 * jansson_install():
 * Make jansson use this memory.  For once in a process, before it is used;
 * app_init does it.
 */
void jansson_install(void);

/**
 * jansson_library(b):
 * Append the name and version of the library to ${b}.
 */
void jansson_library(struct buf *b);

/**
 * jansson_watch():
 * Forget that memory ran out for this thread.
 */
void jansson_watch(void);

/**
 * jansson_ran_out():
 * Return whether memory ran out for this thread since jansson_watch.
 */
bool jansson_ran_out(void);

#endif /* !NF_LIB_JSON_JANSSON_H */

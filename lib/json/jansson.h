/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_JANSSON_H
#define NF_LIB_JSON_JANSSON_H

#include <stdbool.h>

struct buf;

/*
 * The allocator of jansson, which is set once for a process.  Memory that
 * jansson frees is wiped, because it may have held a key or a token.  A failed
 * allocation is remembered, because jansson does not always report it.
 */

/**
 * jansson_install():
 * Make jansson use this allocator.  Call it once in a process, before jansson
 * is used; app_init does so.
 */
void jansson_install(void);

/**
 * jansson_library(b):
 * Append the name and version of the library to ${b}.
 */
void jansson_library(struct buf *b);

/**
 * jansson_watch():
 * Forget earlier failures to allocate in this thread.
 */
void jansson_watch(void);

/**
 * jansson_ran_out():
 * Return true if an allocation has failed in this thread since jansson_watch.
 */
bool jansson_ran_out(void);

#endif /* !NF_LIB_JSON_JANSSON_H */

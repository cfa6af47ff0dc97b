/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_HTTP_MEMORY_H
#define NF_LIB_HTTP_HTTP_MEMORY_H

#include <stdbool.h>

/*
 * libcurl's memory.  Where it is short, libcurl does without: 7.88 sends a
 * URL that it cannot copy whole without its query, and says that all is well.
 */

/**
 * http_memory_init():
 * As curl_global_init(CURL_GLOBAL_DEFAULT), with allocations that are watched.
 * Return 0 or -1.
 */
int http_memory_init(void);

/**
 * http_memory_ran_out():
 * Has an allocation of libcurl failed in this thread?  Nothing that it did
 * since can be believed.
 */
bool http_memory_ran_out(void);

#endif /* !NF_LIB_HTTP_HTTP_MEMORY_H */

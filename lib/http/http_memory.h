/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_HTTP_MEMORY_H
#define NF_LIB_HTTP_HTTP_MEMORY_H

#include <stdbool.h>

/*
 * libcurl's memory.  libcurl does not report every lack of memory: 7.88 sends
 * a URL that it cannot copy without its query, and reports success.
 */

/**
 * http_memory_init():
 * As curl_global_init(CURL_GLOBAL_DEFAULT), and watch libcurl's allocations.
 * Return 0 or -1.
 */
int http_memory_init(void);

/**
 * http_memory_ran_out():
 * Return true if an allocation of libcurl has failed in this thread.  Nothing
 * that libcurl did after that can be trusted.
 */
bool http_memory_ran_out(void);

#endif /* !NF_LIB_HTTP_HTTP_MEMORY_H */

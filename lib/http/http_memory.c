/* SPDX-License-Identifier: Apache-2.0 */
#include "http_memory.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool ran_out;

static void *
notice_pointer(void *p)
{

	ran_out |= p == NULL;
	return (p);
}

static void *
watch_malloc(size_t n)
{

	return (notice_pointer(malloc(n)));
}

static void *
watch_realloc(void *p, size_t n)
{

	return (notice_pointer(realloc(p, n)));
}

static void *
watch_calloc(size_t n, size_t size)
{

	return (notice_pointer(calloc(n, size)));
}

static char *
watch_strdup(const char *text)
{

	return (notice_pointer(strdup(text)));
}

int
http_memory_init(void)
{

	return (curl_global_init_mem(CURL_GLOBAL_DEFAULT, watch_malloc,
	    free, watch_realloc, watch_strdup, watch_calloc) ==
	    CURLE_OK ? 0 : -1);
}

bool
http_memory_ran_out(void)
{

	return (ran_out);
}

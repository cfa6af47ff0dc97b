/* SPDX-License-Identifier: Apache-2.0 */
#include "http_memory.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool ran_out;

static void *
noticed(void *p)
{

	ran_out |= p == NULL;
	return (p);
}

static void *
watched_malloc(size_t n)
{

	return (noticed(malloc(n)));
}

static void *
watched_realloc(void *p, size_t n)
{

	return (noticed(realloc(p, n)));
}

static void *
watched_calloc(size_t n, size_t size)
{

	return (noticed(calloc(n, size)));
}

static char *
watched_strdup(const char *text)
{

	return (noticed(strdup(text)));
}

int
http_memory_init(void)
{

	return (curl_global_init_mem(CURL_GLOBAL_DEFAULT, watched_malloc,
	    free, watched_realloc, watched_strdup, watched_calloc) ==
	    CURLE_OK ? 0 : -1);
}

bool
http_memory_ran_out(void)
{

	return (ran_out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "jansson.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

static _Thread_local bool ran_out;

static void *
notice_malloc(size_t n)
{
	void *p = malloc(n);

	ran_out |= p == NULL;
	return (p);
}

static void
wipe_free(void *p)
{

	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void
jansson_install(void)
{

	json_set_alloc_funcs(notice_malloc, wipe_free);
}

void
jansson_watch(void)
{

	ran_out = false;
}

bool
jansson_ran_out(void)
{

	return (ran_out);
}

void
jansson_library(struct buf *b)
{

	buf_printf(b, "jansson/%s", jansson_version_str());
}

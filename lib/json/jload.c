/* SPDX-License-Identifier: Apache-2.0 */
#include "jload.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/base/err.h"

/* Whether memory ran out: jansson has no other place to keep it. */
static _Thread_local bool ran_out;

static void *
noticed(size_t n)
{
	void *p = malloc(n);

	ran_out |= p == NULL;
	return (p);
}

static void
watch(void)
{
	json_malloc_t alloc;
	json_free_t release;

	json_get_alloc_funcs(&alloc, &release);
	if (alloc != noticed)
		json_set_alloc_funcs(noticed, release);
	ran_out = false;
}

json_t *
jload_bytes(const void *p, size_t n, size_t flags, json_error_t *why,
    struct err *e)
{
	json_t *j;

	watch();
	j = json_loadb(p, n, flags, why);
	if (!ran_out)
		return (j);
	json_decref(j);
	err_nomem(e);
	return (NULL);
}

char *
jload_text(const json_t *j, size_t flags, struct err *e)
{
	char *text;

	watch();
	text = json_dumps(j, flags);
	if (text != NULL && !ran_out)
		return (text);
	free(text);
	err_nomem(e);
	return (NULL);
}

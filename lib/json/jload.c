/* SPDX-License-Identifier: Apache-2.0 */
#include "jload.h"

#include <stdlib.h>

#include "jansson.h"
#include "lib/base/err.h"

json_t *
jload_bytes(const void *p, size_t n, size_t flags, json_error_t *why,
    struct err *e)
{
	json_t *j;

	jansson_watch();
	j = json_loadb(p, n, flags, why);
	if (!jansson_ran_out())
		return (j);
	json_decref(j);
	err_nomem(e);
	return (NULL);
}

char *
jload_text(const json_t *j, size_t flags, struct err *e)
{
	char *text;

	jansson_watch();
	text = json_dumps(j, flags);
	if (text != NULL && !jansson_ran_out())
		return (text);
	free(text);
	err_nomem(e);
	return (NULL);
}

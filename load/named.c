/* SPDX-License-Identifier: Apache-2.0 */
#include "named.h"

#include <stdlib.h>

#include "lib/base/err.h"

struct named *
named_find(struct named **list, struct bytes name)
{
	struct named **p, *x;

	for (p = list; (x = *p) != NULL; p = &x->next)
		if (bytes_equal(x->name, name)) {
			*p = x->next;
			x->next = *list;
			*list = x;
			break;
		}
	return (x);
}

int
named_add(struct named **list, struct named *x, struct bytes name,
    struct err *e)
{
	uint8_t *copy;

	if ((copy = malloc(name.n + 1)) == NULL)
		return (err_nomem(e));
	if (name.n > 0)
		memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	x->name.p = copy;
	x->name.n = name.n;
	x->next = *list;
	*list = x;
	return (0);
}

struct named *
named_drop(struct named **list)
{
	struct named *x = *list;

	if (x == NULL)
		return (NULL);
	*list = x->next;
	free((void *)(uintptr_t)x->name.p);
	return (x);
}

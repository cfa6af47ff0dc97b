/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdlib.h>

#include "lib/base/zone.h"
#include "pattern.h"

void
program_free(struct program *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nzone; i++)
		zone_free(p->zone[i]);
	pattern_free(p->patterns);
	pool_free(&p->pool);
	free(p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_WILD_H
#define NF_TRANSFORM_RECORD_WILD_H

#include "machine.h"

/*
 * All members of an object as the cells of a family; nested objects and
 * arrays flattened, their names joined by a separator.
 */

/**
 * wild_put(m, f, w):
 * Append the cells that ${w} gives in family ${f}.  Return 0 or -1.
 */
int wild_put(struct machine *m, const struct family *f,
    const struct wildcard *w);

#endif /* !NF_TRANSFORM_RECORD_WILD_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_INNER_H
#define NF_STAGE_STORE_INNER_H

#include "store.h"

/*
 * A store that is a folder in another store and uses its connections, for
 * callers that read a little from each of many runs.  It can only be read and
 * listed.
 */
struct store_inner {
	struct store base;
	struct store *outer;
	char folder[STORE_MAX_NAME + 1]; /* ends in "/" */
	char uri[2 * STORE_MAX_NAME + 1];
};

/**
 * inner_init(s, outer, folder, e):
 * Set ${s} to the folder ${folder}, which ends in "/", of ${outer}, which is
 * borrowed.  Return &s->base, which must not be closed, or NULL if the name is
 * too long.
 */
struct store *inner_init(struct store_inner *s, struct store *outer,
    const char *folder, struct err *e);

#endif /* !NF_STAGE_STORE_INNER_H */

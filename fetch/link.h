/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_LINK_H
#define NF_FETCH_LINK_H

#include <stddef.h>

/*
 * The Link header (RFC 8288).
 */

/**
 * link_find(value, len, rel, target):
 * Find the first link with relation type ${rel} in the ${len} bytes of the
 * value of a Link field.  Return the length of its target and point ${target}
 * at it (inside ${value}), or -1 if absent.  Text that is not a link is
 * skipped.
 */
long link_find(const char *value, size_t len, const char *rel,
    const char **target);

#endif /* !NF_FETCH_LINK_H */

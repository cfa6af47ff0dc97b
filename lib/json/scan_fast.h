/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_FAST_H
#define NF_LIB_JSON_SCAN_FAST_H

#include <stdbool.h>

/*
 * The fast path of the scanner, for texts whose objects have the same shapes
 * as those before them.
 */
struct scan;

/**
 * scan_fast(s):
 * Scan the text of ${s} as scan_text does.  Return true if the text is valid
 * and its tokens are complete; false if scan.c must scan it, because it is
 * invalid or deep or there is no memory.
 */
bool scan_fast(struct scan *s);

#endif /* !NF_LIB_JSON_SCAN_FAST_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_FAST_H
#define NF_LIB_JSON_SCAN_FAST_H

#include <stdbool.h>

/*
 * The scanner's quick way: texts whose objects look like those before them.
 */
struct scan;

/**
 * scan_fast(s):
 * Scan the text of ${s} as scan_text does it.  Return true if the text is
 * right, its tokens made; false if scan.c must look at it, for it is wrong,
 * deep, or there is no memory.
 */
bool scan_fast(struct scan *s);

#endif /* !NF_LIB_JSON_SCAN_FAST_H */

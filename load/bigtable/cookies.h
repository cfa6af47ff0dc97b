/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_COOKIES_H
#define NF_LOAD_BIGTABLE_COOKIES_H

#include <stddef.h>

/*
 * Routing cookies: values that the server wants back in the next attempt of
 * the same operation (headers_fill sends them, headers_cookies keeps them).  A
 * zeroed struct is empty.
 */
struct cookies {
	size_t n;
	struct {
		char key[64];
		char value[512];
	} cookie[8];
};

#endif /* !NF_LOAD_BIGTABLE_COOKIES_H */

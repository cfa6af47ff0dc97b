/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_CONF_H
#define NF_LOAD_SQLITE_SQLITE_CONF_H

#include <stdint.h>

#include "load/target.h"

/* Settings of a database; the string lives as long as it does. */
struct sqlite_conf {
	const char *file;
	uint64_t batch_rows, batch_bytes; /* of one commit ... */
	uint64_t sort_rows, sort_bytes;   /* ... if keys are unordered */
	uint64_t batch_age;               /* ms */
	struct target_counts counts;
};

#endif /* !NF_LOAD_SQLITE_SQLITE_CONF_H */

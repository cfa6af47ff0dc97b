/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BIGTABLE_NAMES_H
#define NF_LIB_BASE_BIGTABLE_NAMES_H

#include <stdbool.h>

#include "bytes.h"

/*
 * Bigtable's rules for the names of tables and families, and its limits on
 * the size of keys, cells and rows, in bytes.
 */
#define BIGTABLE_NAMES_MAX_TABLE 50
#define BIGTABLE_NAMES_MAX_FAMILY 64
#define BIGTABLE_MAX_KEY 4096
#define BIGTABLE_MAX_QUALIFIER 16384
#define BIGTABLE_MAX_CELL ((size_t)100 << 20)
#define BIGTABLE_MAX_ROW ((size_t)256 << 20)
#define BIGTABLE_MAX_CELLS 100000 /* mutations of one row or request */

/* Why a name is not valid for a table. */
#define BIGTABLE_NAMES_TABLE "a table's name has 1 to 50 of " \
	"a-z A-Z 0-9 _ - . and no - or . first"

/**
 * bigtable_names_table(b) / bigtable_names_family(b):
 * Return true if ${b} is a valid name of a table, [_a-zA-Z0-9][-_.a-zA-Z0-9]*
 * (bigtable_table_admin.proto), or of a family, [-_.a-zA-Z0-9]+ (data.proto),
 * and is not too long.
 */
bool bigtable_names_table(struct bytes b);
bool bigtable_names_family(struct bytes b);

#endif /* !NF_LIB_BASE_BIGTABLE_NAMES_H */

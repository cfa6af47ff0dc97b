/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_TABLES_H
#define NF_TRANSFORM_MAPPING_COMPILE_TABLES_H

#include "lib/json/config.h"


/*
 * The member "tables" of a mapping: the tables that nf-load create makes.
 * Here it is only checked, so that a mistake is found before the load.
 */

/**
 * compile_tables_check(n, e):
 * Check the member "tables", ${n}.  Return 0 or -1.
 */
int compile_tables_check(const struct config *n, struct err *e);

/**
 * compile_tables_families(cells, root, table, e):
 * Check that the families of ${cells} are among those of ${table}, if the
 * mapping ${root} has "tables".  Return 0 or -1.
 */
int compile_tables_families(const struct config *cells, const struct config
    *root, const char *table, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_TABLES_H */

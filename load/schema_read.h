/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SCHEMA_READ_H
#define NF_LOAD_SCHEMA_READ_H

#include <stdbool.h>

/*
 * The tables to create: the section "tables" of a mapping, or options.
 */
struct err;
struct options;
struct schema;

/**
 * schema_read_from_mapping(path, s, e):
 * Read {"tables":{NAME:{"families":{NAME:{"gc":RULE}},"splits":[KEY...],
 * "granularity":"millis"|"micros"}}} from the mapping ${path} into ${s}.
 * Unless ${allow_age}, families that collect cells by age are refused if a
 * rule of the mapping takes timestamps from documents or uses a fixed
 * timestamp that is older: old documents would be collected at once.  Return 0
 * or -1 (ERR_CONFIG).
 */
int schema_read_from_mapping(const char *path, bool allow_age, struct schema *s,
    struct err *e);

/**
 * schema_read_from_options(o, table, s, e):
 * Add families (NAME, NAME:versions=N, NAME:age=30d, NAME:RULE as JSON) and
 * splits of ${o} to ${table}.  Return 0 or -1 (ERR_USAGE).
 */
int schema_read_from_options(const struct options *o, const char *table,
    struct schema *s, struct err *e);

#endif /* !NF_LOAD_SCHEMA_READ_H */

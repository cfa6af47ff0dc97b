/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_GC_JSON_H
#define NF_LOAD_GC_JSON_H

#include <jansson.h>
#include <stdint.h>

/*
 * Garbage-collection rules in the form used in mappings: {"versions":N},
 * {"age":"30d"}, {"union":[...]}, {"intersection":[...]}; {} is no rule.
 */
struct buf;
struct err;
struct gc_rule;

/**
 * gc_json_read(j, g, e) / gc_json_parse(text, g, e):
 * Read a rule into ${g} (zeroed; schema_gc_free frees its contents).  Return 0
 * or -1 (ERR_CONFIG).
 */
int gc_json_read(const json_t *j, struct gc_rule *g, struct err *e);
int gc_json_parse(const char *text, struct gc_rule *g, struct err *e);

/**
 * gc_json_write(g, out):
 * Append ${g} as JSON.
 */
void gc_json_write(const struct gc_rule *g, struct buf *out);

/**
 * gc_json_age(text, seconds):
 * Parse an age: a number followed by s, m, h or d.  Return 0 or -1.
 */
int gc_json_age(const char *text, uint64_t *seconds);

#endif /* !NF_LOAD_GC_JSON_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_FOREIGN_H
#define NF_LIB_STREAM_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What people give where NDJSON belongs: a JSON document over several lines,
 * a page of HTML, a compressed file.
 */
struct err;

/**
 * foreign_check(line, len, whole, e):
 * The first line of an input is ${line}; ${whole} says that a newline ended
 * it.  Return 0 if it may be NDJSON, or -1: ERR_DATA (code not_ndjson), which
 * names what it looks like and how it becomes NDJSON.
 */
int foreign_check(const uint8_t *line, size_t len, bool whole, struct err *e);

#endif /* !NF_LIB_STREAM_FOREIGN_H */

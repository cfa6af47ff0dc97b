/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_FOREIGN_H
#define NF_LIB_STREAM_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Common inputs that are not NDJSON: a JSON document over several lines, a
 * page of HTML, a compressed file.
 */
struct err;

/**
 * foreign_check(line, len, whole, e):
 * Check ${line}, the first line of an input; ${whole}: it ends in a newline.
 * Return 0 if it may be NDJSON, or -1: ERR_DATA (code not_ndjson) with a
 * message that says what the input looks like and how to convert it to NDJSON.
 */
int foreign_check(const uint8_t *line, size_t len, bool whole, struct err *e);

#endif /* !NF_LIB_STREAM_FOREIGN_H */

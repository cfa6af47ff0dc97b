/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CONSTANTS_H
#define NF_TRANSFORM_RECORD_CONSTANTS_H

/*
 * Checks of the mapping itself before there is any record: its constants and
 * defaults against their functions, types and checks; and the texts that a
 * check allows against the checks next to it.
 */
struct err;
struct program;

/**
 * constants_check(p, file, e):
 * Check that no constant or default of ${p}, compiled from ${file}, would be
 * rejected.  Return 0, or -1 with ERR_CONFIG.
 */
int constants_check(const struct program *p, const char *file,
    struct err *e);

#endif /* !NF_TRANSFORM_RECORD_CONSTANTS_H */

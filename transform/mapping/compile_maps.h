/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_MAPS_H
#define NF_TRANSFORM_MAPPING_COMPILE_MAPS_H

#include "refs.h"

/*
 * Named resources that values of a mapping use: tables of codes, secrets.
 */

/**
 * compile_maps_read(c, n, e):
 * Compile the member "maps", ${n}; the paths of its files are relative to the
 * folder of the mapping.  Return 0 or -1.
 */
int compile_maps_read(struct compiler *c, const struct config *n,
    struct err *e);

/**
 * compile_maps_secrets(c, n, e):
 * Compile the member "secrets", ${n}: only their names; nothing is read yet.
 * Return 0 or -1.
 */
int compile_maps_secrets(struct compiler *c, const struct config *n,
    struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_MAPS_H */

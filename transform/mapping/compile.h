/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_H
#define NF_TRANSFORM_MAPPING_COMPILE_H

/*
 * Turns a mapping file, nf-mapping(5), into a program.
 */
struct err;
struct program;

/**
 * compile_file(path, e):
 * Read and compile the mapping at ${path} ("-": stdin).  Return the program,
 * to be freed with program_free, or NULL: ERR_CONFIG with a message that names
 * file, JSON Pointer, value and what was expected; ERR_PERM, ERR_IO.
 */
struct program *compile_file(const char *path, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_H */

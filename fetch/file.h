/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_FILE_H
#define NF_FETCH_FILE_H

#include <stdint.h>

/*
 * A file, or standard input, in the place of an API: what is in it is the
 * answer.
 */
struct err;
struct http_response;
struct page_spec;

/**
 * file_answer(path, spec, max, answer, e):
 * Fill ${answer}, to be freed with recording_answer_free, with the file at
 * ${path} ("-": stdin), unpacked if it is gzip, of ${max} bytes at most.  It
 * says to be lines if ${path} or its first line does.  Return 0, or -1: what
 * io_slurp says; ERR_DATA for damaged gzip or what is too large; ERR_USAGE
 * (code unframed) for lines from a pipe, of which some may be missing.
 */
int file_answer(const char *path, const struct page_spec *spec, uint64_t max,
    struct http_response *answer, struct err *e);

#endif /* !NF_FETCH_FILE_H */

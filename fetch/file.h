/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_FILE_H
#define NF_FETCH_FILE_H

#include <stdint.h>

/*
 * A file, or standard input, instead of an API: its content is the response.
 */
struct err;
struct http_response;
struct page_spec;

/**
 * file_answer(path, spec, max, answer, e):
 * Fill ${answer}, to be freed with recording_answer_free, with the file at
 * ${path} ("-": stdin), unpacked if it is gzip, of ${max} bytes at most.  Its
 * media type is that of lines if ${path} or the first line shows it.  Return
 * 0, or -1: the errors of io_slurp; ERR_DATA for damaged gzip or a file that
 * is too large; ERR_USAGE (code unframed) for lines from a pipe, some of which
 * may be missing.
 */
int file_answer(const char *path, const struct page_spec *spec, uint64_t max,
    struct http_response *answer, struct err *e);

#endif /* !NF_FETCH_FILE_H */

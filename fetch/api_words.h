/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_API_WORDS_H
#define NF_FETCH_API_WORDS_H

#include <stdbool.h>

/*
 * What an answer that is an error says in its own words, and what it is, for
 * people.
 */
struct buf;
struct http_response;
struct redact;

/**
 * api_words(r, hidden, out):
 * Append what the JSON body of ${r} gives as its message, at most 200 bytes,
 * without control characters and with what ${hidden} hides masked; nothing if
 * it has no message.
 */
void api_words(const struct http_response *r, const struct redact *hidden,
    struct buf *out);

/**
 * api_words_received(r, lines):
 * Return what the body of ${r} is if it is not what a page should be, such as
 * "HTML"; NULL if that cannot be said.  ${lines}: it was read as NDJSON.
 */
const char *api_words_received(const struct http_response *r, bool lines);

#endif /* !NF_FETCH_API_WORDS_H */

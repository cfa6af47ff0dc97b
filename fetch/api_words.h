/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_API_WORDS_H
#define NF_FETCH_API_WORDS_H

#include <stdbool.h>

/*
 * The API's own words in an error response, and the kind of content it sent,
 * for messages to people.
 */
struct buf;
struct http_response;
struct redact;

/**
 * api_words(r, hidden, out):
 * Append the message in the JSON body of ${r}, at most 200 bytes, without
 * control characters and with the secrets of ${hidden} masked.  Append nothing
 * if the body has no message.
 */
void api_words(const struct http_response *r, const struct redact *hidden,
    struct buf *out);

/**
 * api_words_received(r, lines):
 * Return the name of the content in the body of ${r} if it is not what a page
 * should be, such as "HTML"; NULL if it is unknown.  ${lines}: the body was
 * read as NDJSON.
 */
const char *api_words_received(const struct http_response *r, bool lines);

#endif /* !NF_FETCH_API_WORDS_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_ANSWER_H
#define NF_LIB_GOOGLE_CRED_ANSWER_H

/*
 * Requests to a token server, with a progress line if it is slow.
 */
struct err;
struct http;
struct http_call;
struct http_request;
struct http_response;

/**
 * cred_answer(h, req, what, call, e):
 * As http_perform; after two seconds the progress line says that the tool is
 * waiting for ${what}, such as "the metadata server".
 */
const struct http_response *cred_answer(struct http *h,
    const struct http_request *req, const char *what,
    struct http_call **call, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_ANSWER_H */

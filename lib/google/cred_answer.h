/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_ANSWER_H
#define NF_LIB_GOOGLE_CRED_ANSWER_H

/*
 * Asking a server of tokens, which a person on a terminal sees if it is slow.
 */
struct err;
struct http;
struct http_call;
struct http_request;
struct http_response;

/**
 * cred_answer(h, req, what, call, e):
 * As http_perform; after two seconds the progress line says that ${what}, "the
 * metadata server", is waited for.
 */
const struct http_response *cred_answer(struct http *h,
    const struct http_request *req, const char *what,
    struct http_call **call, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_ANSWER_H */

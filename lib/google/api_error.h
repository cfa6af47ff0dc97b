/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_API_ERROR_H
#define NF_LIB_GOOGLE_API_ERROR_H

#include <stddef.h>

struct http_response;

#define API_ERROR_MAX 240 /* bytes of a reason, its NUL included */

/**
 * api_error(a, text):
 * Put into ${text} what the body of ${a} calls its error, for a message: the
 * error and error_description of OAuth (RFC 6749 5.2), or the status and
 * message of Google's APIs (google.rpc.Status as JSON); each with ": " before
 * it, none if it is not there, and cut off if it is long.
 */
void api_error(const struct http_response *a, char text[API_ERROR_MAX]);

#endif /* !NF_LIB_GOOGLE_API_ERROR_H */

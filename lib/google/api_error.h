/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_API_ERROR_H
#define NF_LIB_GOOGLE_API_ERROR_H

#include <stddef.h>

struct http_response;

/* Bytes, the NUL included: a server's reason, a clock's, both. */
#define API_ERROR_TEXT 240
#define API_ERROR_CLOCK_MAX 80
#define API_ERROR_MAX (API_ERROR_TEXT + API_ERROR_CLOCK_MAX)

/**
 * api_error(a, text):
 * Put into ${text} what the body of ${a} calls its error, for a message: the
 * error and error_description of OAuth (RFC 6749 5.2), or the status and
 * message of Google's APIs (google.rpc.Status as JSON); each with ": " before
 * it, none if it is not there, and cut off if it is long.  Where a token was
 * refused (401, or 400 of an OAuth server), api_error_clock follows.
 */
void api_error(const struct http_response *a, char text[API_ERROR_MAX]);

/**
 * api_error_clock(date, text):
 * Put into ${text} "; the clock of this machine is N s behind" (or ahead) if
 * ${date}, the Date header of an answer that has just come, says so by more
 * than five minutes; else "".  A token that was signed here is refused then.
 */
void api_error_clock(const char *date, char text[API_ERROR_CLOCK_MAX]);

#endif /* !NF_LIB_GOOGLE_API_ERROR_H */

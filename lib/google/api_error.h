/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_API_ERROR_H
#define NF_LIB_GOOGLE_API_ERROR_H

#include <stddef.h>

struct http_response;

/* Bytes, including the NUL: a server's reason, a note on the clock, both. */
#define API_ERROR_TEXT 240
#define API_ERROR_CLOCK_MAX 80
#define API_ERROR_MAX (API_ERROR_TEXT + API_ERROR_CLOCK_MAX)

/**
 * api_error(a, text):
 * Put the error in the body of ${a} into ${text}, for a message: the error and
 * error_description of OAuth (RFC 6749 5.2), or the status and message of
 * Google's APIs (google.rpc.Status as JSON).  Each has ": " before it, is left
 * out if absent, and is cut off if it is long.  If a token was refused (401, or
 * 400 from an OAuth server), the text of api_error_clock follows.
 */
void api_error(const struct http_response *a, char text[API_ERROR_MAX]);

/**
 * api_error_clock(date, text):
 * Put "; the clock of this machine is N s behind" (or ahead) into ${text} if it
 * is off by more than five minutes, by ${date}, the Date header of a response
 * that has just arrived; else "".  Servers refuse a token that was signed with
 * such a clock.
 */
void api_error_clock(const char *date, char text[API_ERROR_CLOCK_MAX]);

#endif /* !NF_LIB_GOOGLE_API_ERROR_H */

/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_answer.h"

#include <stddef.h>

#include "lib/http/http.h"
#include "lib/report/waiting.h"

const struct http_response *
cred_answer(struct http *h, const struct http_request *req, const char *what,
    struct http_call **call, struct err *e)
{
	const struct http_response *a;

	waiting_enter(0, "an access token from %s", what);
	a = http_perform(h, req, call, e);
	waiting_leave();
	return (a);
}

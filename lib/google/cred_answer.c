/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_answer.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/clock.h"
#include "lib/http/http.h"
#include "lib/report/msg.h"

#define LOOK_MS 500
#define SLOW_MS 2000 /* who waits longer wants to know why */

const struct http_response *
cred_answer(struct http *h, const struct http_request *req, const char *what,
    struct http_call **call, struct err *e)
{
	int64_t begun = clock_mono_ms(), passed;
	bool shown = false;
	int rc;

	if ((*call = http_start(h, req, e)) == NULL)
		return (NULL);
	while ((rc = http_wait(h, *call, LOOK_MS, e)) == 0) {
		if ((passed = clock_mono_ms() - begun) < SLOW_MS)
			continue;
		shown = true;
		msg_progress("waiting for %s for %d s: it gives the access "
		    "token", what, (int)(passed / 1000));
	}
	if (shown)
		msg_progress("%s", "");
	return (rc == -1 ? NULL : http_result(*call, e));
}

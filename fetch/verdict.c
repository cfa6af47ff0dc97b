/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <stdio.h>

#include "fetch/source/rules.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "quota.h"
#include "response.h"

/* Rule ${which} of the source decides. */
static enum verdict
follow_rule(const struct http_response *r, enum rules_action action,
    size_t which, struct err *e)
{
	char why[64];

	if (action == RULES_EMPTY)
		return (VERDICT_EMPTY);
	snprintf(why, sizeof(why), ": rule %zu says to %s", which + 1,
	    action == RULES_RETRY ? "retry" : "fail");
	response_refuse(r->status, action == RULES_RETRY ? ERR_TEMP :
	    ERR_REFUSED, why, e);
	return (action == RULES_RETRY ? VERDICT_RETRY : VERDICT_FAIL);
}

/* Did the server ask (${asked}) for a certificate and not get one? */
static bool
lacks_certificate(const struct source *s, int status, bool asked)
{

	/* 495 and 496 are internal to nginx, which shows them as 400. */
	return (asked && s->cert == NULL && (status == 400 || status == 403 ||
	    status == 495 || status == 496));
}

/* The status says that there is no page. */
static enum verdict
refuse_status(const struct source *s, const struct http_response *r,
    bool asked, struct err *e)
{
	bool quota = quota_refuses(r);
	bool again = quota || http_retryable(r->status);

	if (lacks_certificate(s, r->status, asked))
		response_refuse(r->status, ERR_CONFIG, ", and the server asked "
		    "for a client certificate (--cert)", e);
	else
		response_refuse(r->status, quota ? ERR_TEMP :
		    http_class(r->status), again && !s->idempotent ?
		    ", not retried (--set /idempotent=true)" :
		    response_meaning(r->status), e);
	if (!again || !s->idempotent)
		return (VERDICT_FAIL);
	return (quota ? VERDICT_QUOTA : VERDICT_RETRY);
}

enum verdict
verdict_find(const struct source *s, const struct http_response *r, bool asked,
    struct err *e)
{
	enum rules_action action;
	size_t which = 0;

	action = response_rule(r, &s->page, s->rules, &which, e);
	if (e->class != ERR_NONE)
		return (VERDICT_FAIL);
	if (action != RULES_NONE)
		return (follow_rule(r, action, which, e));
	if (source_empty_on(s, r->status))
		return (VERDICT_EMPTY);
	if (response_redirects(r->status))
		return (VERDICT_REDIRECT);
	if (r->status >= 200 && r->status <= 299)
		return (VERDICT_PAGE);
	return (refuse_status(s, r, asked, e));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "origin.h"

#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/http/proxy.h"

static bool
allowed(const struct source *s, const char *url)
{
	size_t i;

	for (i = 0; i < s->origins.n; i++)
		if (url_same_origin(s->origins.item[i].value, url))
			return (true);
	return (false);
}

int
origin_check(const struct source *s, const char *url, bool *own,
    struct err *e)
{
	struct buf where;

	*own = url_same_origin(s->url, url);
	if (*own)
		return (0);
	buf_init(&where, 4096);
	if (url_origin(url, &where) == -1)
		buf_puts(&where, "another place");
	if (url_is_https(s->url) && !url_is_https(url)) {
		err_set_code(e, ERR_REFUSED, "downgrade", "redirect or "
		    "link from https to %s", buf_cstr(&where));
	} else if (!allowed(s, url)) {
		err_set_code(e, ERR_REFUSED, "cross_origin", "redirect or "
		    "link to another origin, %s; allow it with "
		    "\"allow_origins\"", buf_cstr(&where));
	}
	buf_free(&where);
	return (e->class == ERR_NONE ? 0 : -1);
}

int
origin_private(const struct source *s, const char *url, struct err *e)
{

	if (url_is_https(url) || proxy_is_local(url) || s->allow_http)
		return (0);
	return (err_set_code(e, ERR_CONFIG, "plain_http", "credentials or "
	    "{env.NAME} over plain http to another machine (\"allow_http\")"));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "blame.h"

#include <stdbool.h>
#include <string.h>

#include "fetch/options.h"
#include "lib/base/err.h"
#include "source.h"
#include "source_options.h"

/* Which option makes a member; what stands below another comes before it. */
static const struct {
	const char *pointer, *option;
} made_by[] = {
	{ "/url", "URL" }, { "/records", "--records" },
	{ "/missing_records", "--records-optional" },
	{ "/format", "--format" }, { "/headers", "--header" },
	{ "/query", "--query" }, { "/vars", "--var" }, { "/body", "--data" },
	{ "/idempotent", "--idempotent" }, { "/each", "--each" },
	{ "/into", "--into" }, { "/window/from", "--from" },
	{ "/window/to", "--to" }, { "/window/step", "--step" },
	{ "/window/format", "--date-format" }, { "/window", "--from" },
	{ "/paginate/param", "--page-param" },
	{ "/paginate/start", "--page-start" },
	{ "/paginate/size_param", "--page-size-param" },
	{ "/paginate/size", "--page-size" }, { "/paginate/from", "--next" },
	{ "/paginate/from_header", "--next-header" },
	{ "/paginate/total_pages", "--total-pages" },
	{ "/paginate/total_records", "--total-records" },
	{ "/paginate/stop", "--stop-short" }, { "/paginate", "--paginate" },
	{ "/max_pages", "--max-pages" }, { "/max_records", "--max-records" },
	{ "/total", "--total" }, { "/unique", "--unique" },
	{ "/stable", "--stable" }, { "/auth/token", "--bearer" },
	{ "/auth/user", "--basic" }, { "/auth/key", "--api-key" },
	{ "/auth/header", "--api-key" }, { "/auth/query", "--api-key-query" },
	{ "/auth/audience", "--google-id" }, { "/tls/ca", "--ca" },
	{ "/tls/cert", "--cert" }, { "/tls/key", "--key" },
	{ "/allow_origins", "--allow-origin" },
	{ "/allow_http", "--allow-http" }, { "/rate", "--rate" },
};

/* Is the same wrong without any option? */
static bool
is_of_file(const struct options *o, const char *url, const struct err *e)
{
	struct err why = { 0 };
	struct source s = { 0 };
	json_t *doc;

	if (url != NULL && strncmp(e->msg, "/url:", 5) == 0)
		return (false);
	doc = source_options_file(o->file, url, &why);
	if (doc != NULL)
		(void)source_load(&s, doc, &why);
	source_free(&s);
	return (strcmp(why.msg, e->msg) == 0);
}

int
blame(const struct options *o, const char *url, struct err *e)
{
	const struct err was = *e;
	const char *rest;
	size_t i, n;

	if (was.class != ERR_CONFIG || was.msg[0] != '/')
		return (o->file == NULL ? -1 : err_prefix(e, "%s", o->file));
	if (o->file != NULL && is_of_file(o, url, e))
		return (err_prefix(e, "%s", o->file));
	for (i = 0; i < sizeof(made_by) / sizeof(made_by[0]); i++) {
		n = strlen(made_by[i].pointer);
		rest = was.msg + n;
		if (strncmp(was.msg, made_by[i].pointer, n) != 0 ||
		    (*rest != ':' && *rest != '/'))
			continue;
		rest += *rest == '/' ? 1 : 2;
		if (strncmp(rest, "unknown member", 14) == 0)
			rest = "not with this --paginate";
		err_clear(e);
		return (err_set(e, ERR_USAGE, "%s: %s", made_by[i].option,
		    rest));
	}
	return (-1);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "source_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/config.h"
#include "spec.h"
#include "url.h"

#define MAX_PATH (64U * 1024)

int
source_file_note(struct source *s, const struct config *c, struct err *e)
{
	struct buf path;
	int rc = 0;

	buf_init(&path, MAX_PATH);
	if (url_file(s->url, &path)) {
		if (buf_cstr(&path) == NULL ||
		    (s->file = strdup((const char *)path.data)) == NULL)
			rc = err_nomem(e);
		else if (strlen(s->file) != path.len || (strcmp(s->file,
		    "-") != 0 && access(s->file, F_OK) == -1))
			rc = config_error_at(c, "url", e, "not an absolute URL "
			    "such as https://HOST/PATH, and no such file");
	}
	buf_free(&path);
	return (rc);
}

int
source_file_check(const struct source *s, const struct config *c, struct err *e)
{
	static const char *const asked[] = { "method", "query", "headers",
		"body", "first_request", "next_origin", "vars", "window",
		"auth", "responses", "rate", "allow_origins", "allow_http",
		"idempotent", "empty_on", "each", "into", "since", "max_pages",
		NULL };
	const char *const *m;

	for (m = asked; *m != NULL; m++)
		if (json_object_get(c->json, *m) != NULL)
			return (config_error_at(c, *m, e, "has no place where "
			    "a file is read"));
	if (s->paginate.type != PAGINATE_AUTO &&
	    s->paginate.type != PAGINATE_NONE)
		return (config_error_at(c, "paginate", e, "a file is one "
		    "page"));
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/cli/opt.h"
#include "lib/json/jsonw.h"

int
metadata_parse(const struct opt_list *l, struct buf *out, struct err *e)
{
	const char *equals;
	size_t i;

	for (i = 0; i < l->n; i++) {
		equals = strchr(l->item[i], '=');
		if (equals == NULL || equals == l->item[i] ||
		    strncmp(l->item[i], "nf-", 3) == 0)
			return (err_set(e, ERR_USAGE, "--metadata: not "
			    "KEY=VALUE with a KEY that does not begin with "
			    "nf-"));
		if (i > 0)
			buf_putc(out, ',');
		jsonw_string(out, l->item[i], (size_t)(equals - l->item[i]));
		buf_putc(out, ':');
		jsonw_cstring(out, equals + 1);
	}
	if (out->failed || out->len > 8192)
		return (err_set(e, ERR_USAGE, "--metadata: over 8 KiB"));
	return (0);
}

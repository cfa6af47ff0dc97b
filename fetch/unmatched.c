/* SPDX-License-Identifier: Apache-2.0 */
#include "unmatched.h"

#include <stdbool.h>
#include <stddef.h>

#include "fetch/source/rules.h"
#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "lib/json/ptr.h"
#include "lib/report/msg.h"
#include "paginate.h"

/* Append ${place} to the member "unmatched" of the summary. */
static void
list_unmatched(struct buf *extra, size_t n, const char *place)
{

	if (n == 0) {
		jsonw_member(extra, "unmatched");
		buf_putc(extra, '[');
	} else {
		buf_putc(extra, ',');
	}
	jsonw_cstring(extra, place);
}

void
unmatched_report(const struct source *s, const struct paginate_seen *seen,
    struct app *app)
{
	const struct paginate_spec *p = &s->paginate;
	const struct unmatched {
		const char *option, *place;
		bool missing;
	} all[] = {
		{ "--next", p->from == NULL || p->from_record ? NULL :
		    ptr_text(p->from),
		    !seen->next },
		{ "--next", p->from_header, !seen->next },
		{ "\"more\"", p->more == NULL ? NULL : ptr_text(p->more),
		    !seen->more },
		{ "\"end\"", p->end == NULL ? NULL : ptr_text(p->end),
		    !seen->end },
	};
	size_t i, n = 0;
	const char *rule;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].place == NULL || !all[i].missing)
			continue;
		msg_log(MSG_WARNING, "unmatched", "%s: nothing at \"%s\" in "
		    "any answer", all[i].option, all[i].place);
		list_unmatched(&app->extra, n++, all[i].place);
	}
	for (i = 0; (rule = rules_unmatched(s->rules, &i)) != NULL; i++) {
		msg_log(MSG_INFO, "unmatched", "rule %zu: nothing at \"%s\" "
		    "in any answer", i + 1, rule);
		list_unmatched(&app->extra, n++, rule);
	}
	if (n > 0)
		buf_putc(&app->extra, ']');
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "partial.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "page.h"

/* Member ${name} of the response, or of its member ${in}. */
static uint32_t
find_top(const struct page *p, const char *in, const char *name)
{
	uint32_t t = in == NULL ? 0 : scan_member(&p->scan, 0, in, strlen(in));

	return (t == SCAN_NOT_FOUND ? t : scan_member(&p->scan, t, name,
	    strlen(name)));
}

/* Is there a value at token ${t} that does not mean "nothing"? */
static bool
is_something(const struct page *p, uint32_t t)
{
	uint64_t v;

	switch (p->scan.tok[t].kind) {
	case SCAN_TRUE:
		return (true);
	case SCAN_NUMBER:
		return (number_u64(scan_ptr(&p->scan, t), scan_len(&p->scan,
		    t), UINT64_MAX, &v) == -1 || v > 0);
	case SCAN_STRING:
		return (scan_len(&p->scan, t) > 0);
	case SCAN_ARRAY:
	case SCAN_OBJECT:
		return (p->scan.tok[t].count > 0);
	default:
		return (false);
	}
}

/* The member that says that the response is incomplete; or NULL. */
static const char *
find_failure(const struct page *p)
{
	static const struct {
		const char *in, *name, *said;
		bool flag; /* only true counts: others use the name too */
	} rows[] = {
		{ NULL, "errors", "/errors", false },
		{ NULL, "error", "/error", false },
		{ "_shards", "failed", "/_shards/failed", false },
		{ NULL, "timed_out", "/timed_out", true },
		{ NULL, "incomplete_results", "/incomplete_results", true },
		{ NULL, "partial", "/partial", true },
	};
	uint32_t t;
	size_t i;

	if (p->lines || !p->found || page_holds(p, 0) ||
	    p->scan.tok[0].kind != SCAN_OBJECT)
		return (NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		t = find_top(p, rows[i].in, rows[i].name);
		if (t != SCAN_NOT_FOUND && !page_holds(p, t) &&
		    (rows[i].flag ? p->scan.tok[t].kind == SCAN_TRUE :
		    is_something(p, t)))
			return (rows[i].said);
	}
	return (NULL);
}

int
partial_check(const struct page *p, bool strict, struct err *e)
{
	const char *place = find_failure(p);

	if (place == NULL)
		return (0);
	if (strict)
		return (err_set_code(e, ERR_TEMP, "partial", "the answer says "
		    "at %s that it is not complete (\"strict\": true)", place));
	msg_log(MSG_WARNING, "partial", "the answer says at %s that it is not "
	    "complete", place);
	return (0);
}

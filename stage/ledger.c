/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "job.h"

const char *
ledger_state_name(enum ledger_state state)
{
	static const char *const names[] = {
		[LEDGER_MISSING] = "missing", [LEDGER_BEGUN] = "begun",
		[LEDGER_COMMITTED] = "committed",
		[LEDGER_PARTIAL] = "partial", [LEDGER_LOADED] = "loaded",
		[LEDGER_AUDITED] = "audited" };

	return (names[state]);
}

void
ledger_free(struct ledger *l)
{

	free(l->run);
	memset(l, 0, sizeof(*l));
}

const struct ledger_run *
ledger_newest(const struct ledger *l, const struct job_window *w)
{
	size_t lo = 0, hi = l->n, mid;

	/* Find the last run whose window does not begin later. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->run[mid].window.from <= w->from)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || l->run[lo - 1].window.from != w->from)
		return (NULL);
	return (&l->run[lo - 1]);
}

/* Is the revision with that name, in the window of ${r}, loaded? */
static bool
is_loaded(const struct ledger *l, const struct ledger_run *r, const char *name)
{

	for (; r > l->run && r[-1].window.from == r->window.from; r--)
		if (strcmp(r[-1].name, name) == 0)
			return (r[-1].state >= LEDGER_LOADED);
	return (false);
}

bool
ledger_is_done(const struct ledger *l, const struct job *j,
    const struct ledger_run *r, int64_t now)
{

	if (r == NULL || r->moved || r->state == LEDGER_MISSING ||
	    r->state == LEDGER_BEGUN || r->state == LEDGER_PARTIAL)
		return (false);
	if (r->records == 0 && j->retry_empty &&
	    now < r->window.until + j->late_s)
		return (false);
	if (r->state >= LEDGER_LOADED || r->records == 0)
		return (true);
	return (r->same_as[0] != '\0' && is_loaded(l, r, r->same_as));
}

const struct ledger_run *
ledger_same(const struct ledger *l, const struct ledger_run *r)
{
	const struct ledger_run *before = r;

	if (r->state != LEDGER_COMMITTED)
		return (NULL);
	while (before > l->run &&
	    (--before)->window.from == r->window.from) {
		if (before->state < LEDGER_LOADED)
			continue;
		return (!before->moved && before->records == r->records &&
		    before->raw_size == r->raw_size &&
		    before->raw_crc32c == r->raw_crc32c ? before : NULL);
	}
	return (NULL);
}

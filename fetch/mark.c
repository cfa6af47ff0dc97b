/* SPDX-License-Identifier: Apache-2.0 */
#include "mark.h"

#include <inttypes.h>
#include <string.h>

#include "counts.h"
#include "cursor.h"
#include "fetch/source/redact.h"
#include "fetch/source/spec.h"
#include "fetch/source/window.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "paginate.h"

#define SECOND_MICROS 1000000

/* Does ${next} repeat a secret, or a value made from one?  1, 0, or -1. */
static int
repeats_secret(const struct mark *m, struct paginate_pos *next, struct err *e)
{
	const char *url = buf_cstr(&next->text);

	if (url == NULL)
		return (err_nomem(e));
	return (redact_repeats(m->hidden, url, next->text.len));
}

/* Does the cursor or URL of ${next} mean a place in the list? */
static bool
is_position(struct mark *m, const struct mark_page *p,
    const struct paginate_pos *next, const struct counts_past *so_far)
{
	const struct paginate_spec *spec = &m->source->paginate;
	const struct position_past past = { .walked = so_far->walked,
		.pages = so_far->walked_pages, .records = p->records,
		.size = spec->size };

	if (next->text.len == 0 || next->first || p->url == NULL)
		return (false);
	if (!m->begun && spec->type == PAGINATE_CURSOR)
		position_start(&m->position, p->pos->text.data,
		    p->pos->text.len);
	else if (!m->begun)
		position_start(&m->position, p->url, strlen(p->url));
	m->begun = true;
	return (position_step(&m->position, next->text.data, next->text.len,
	    &past) && !spec->key);
}

/*
 * Is resuming from ${next} later the same as continuing now?  A window that
 * was over when the run began is closed: nothing moves in it any more.
 */
static bool
is_sound(struct mark *m, const struct mark_page *p,
    const struct paginate_pos *next, const struct counts_past *past)
{
	bool position = is_position(m, p, next, past);

	if (m->source->stable || m->source->since != NULL)
		return (true);
	if (next->windows && next->first)
		return (window_instant(&m->source->window, next->window) *
		    SECOND_MICROS <= m->at);
	if (!paginate_sound(&m->source->paginate, next))
		return (false);
	if (position && !m->unmarked) {
		m->unmarked = true;
		msg_log(MSG_INFO, "no_mark", "no mark after page %" PRIu64
		    ": page numbers and offsets select other records once "
		    "the list has changed (\"stable\" if it never does, or "
		    "\"cursor\": \"key\" if it is a key)",
		    past->pages);
	}
	return (!position);
}

void
mark_window(struct mark *m)
{

	m->begun = false;
}

int
mark_write(struct mark *m, const struct mark_page *p,
    struct paginate_pos *next, const struct counts *t, struct err *e)
{
	struct buf b;
	int rc = 0;

	if (m->seal && is_sound(m, p, next, &t->past) && cursor_lasts(next) &&
	    (rc = repeats_secret(m, next, e)) == 0) {
		buf_init(&b, 4 * STREAM_MAX_CURSOR);
		cursor_write(&m->source->paginate, next, t, &b);
		if (b.failed && !b.over)
			rc = err_nomem(e);
		else if (!b.failed && b.len <= STREAM_MAX_CURSOR)
			rc = stream_out_mark(m->out, b.data, b.len, e);
		buf_free(&b);
	}
	return (rc == -1 ? -1 : stream_out_flush(m->out, e));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/report/msg.h"
#include "lib/stream/proof.h"

#define QUICK_MS 1000 /* shorter successful runs need no summary */

static const char *
name_cause(const struct err *e)
{
	static const char *const names[] = { "self", "upstream",
		"downstream" };

	return (e->class == ERR_NONE ? NULL : names[e->cause]);
}

static void
put_samples(const struct app_samples *s, struct buf *b)
{
	size_t i;

	jsonw_member(b, "samples");
	buf_printf(b, "{\"seconds\":%" PRId64 ",\"records\":[",
	    s->every_ms / 1000);
	for (i = 0; i < s->n; i++)
		buf_printf(b, "%s%" PRIu64, i == 0 ? "" : ",", s->records[i]);
	buf_puts(b, "]}");
}

void
summary_json(const struct app *a, struct buf *b)
{
	const struct app_stats *s = &a->stats;
	const struct err *e = &a->err;

	buf_putc(b, '{');
	jsonw_str(b, "tool", a->tool);
	jsonw_str(b, "run", a->run);
	jsonw_i64(b, "exit", err_exit_code(e));
	jsonw_str(b, "cause", name_cause(e));
	if (e->class != ERR_NONE) {
		if (e->code[0] != '\0')
			jsonw_str(b, "code", e->code);
		jsonw_str(b, "error", e->msg);
	}
	jsonw_u64(b, "records_in", s->records_in);
	jsonw_u64(b, "records_out", s->records_out);
	jsonw_u64(b, "rejected", s->rejected);
	jsonw_u64(b, "retried", s->retried);
	jsonw_u64(b, "bytes_in", s->bytes_in);
	jsonw_u64(b, "bytes_out", s->bytes_out);
	jsonw_member(b, "seconds");
	buf_printf(b, "%.3f",
	    (double)(clock_mono_ms() - a->started) / 1000);
	jsonw_member(b, "throttled_seconds");
	buf_printf(b, "%.3f", (double)s->throttled_ms / 1000);
	if (a->samples.n > 0)
		put_samples(&a->samples, b);
	jsonw_bool(b, "sealed", s->sealed);
	if (a->expected > 0)
		jsonw_u64(b, "expected", a->expected);
	if (a->proof.by != PROOF_NONE)
		proof_write(&a->proof, b);
	if (a->extra.len > 0) {
		buf_putc(b, ',');
		buf_append(b, a->extra.data, a->extra.len);
	}
	buf_putc(b, '}');
}

static void
put_part(struct buf *b, const char *text)
{

	if (b->len > 0)
		buf_puts(b, ", ");
	buf_puts(b, text);
}

/* Put the number of things; ${noun} is their name in the plural. */
static void
put_count(struct buf *b, uint64_t n, const char *noun)
{
	size_t len = strlen(noun);
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64 " %.*s", n, (int)(n == 1 &&
	    noun[len - 1] == 's' ? len - 1 : len), noun);
	put_part(b, text);
}

bool
summary_is_news(const struct app *a)
{
	const struct app_stats *s = &a->stats;
	bool failed = a->err.class != ERR_NONE && a->err.class != ERR_PIPE;

	if (a->verb == NULL || (a->verb->in == NULL && a->verb->out == NULL))
		return (a->told.len > 0);
	if (failed && a->err.cause != ERR_SELF && msg_is_terminal())
		return (false); /* the tool that failed reports it */
	if (failed || !msg_is_terminal() || a->verbose > 0 ||
	    a->log_format != MSG_AUTO)
		return (s->records_in > 0 || s->records_out > 0 ||
		    s->retried > 0 || a->told.len > 0);
	return (s->rejected > 0 || s->retried > 0 ||
	    clock_mono_ms() - a->started >= QUICK_MS);
}

void
summary_text(struct app *a, struct buf *b)
{
	const struct app_stats *s = &a->stats;
	const struct app_verb *v = a->verb;
	char seconds[32];

	if (v->in != NULL)
		put_count(b, s->records_in, v->in);
	if (v->out != NULL)
		put_count(b, s->records_out, v->out);
	if (a->told.len > 0)
		put_part(b, buf_cstr(&a->told));
	if (s->rejected > 0)
		put_count(b, s->rejected, "rejected");
	if (s->retried > 0)
		put_count(b, s->retried, "retried");
	snprintf(seconds, sizeof(seconds), "%.2f s",
	    (double)(clock_mono_ms() - a->started) / 1000);
	put_part(b, seconds);
	if (s->sealed)
		put_part(b, "sealed");
}

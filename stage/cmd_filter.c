/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_filter.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/sha256.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/json/scan.h"
#include "lib/stream/ndjson.h"
#include "lib/stream/stream.h"
#include "options.h"

#define AHEAD ((size_t)256 << 10) /* maximum bytes buffered for the command */
#define WAIT_MS 100 /* for a command whose output is broken */

struct filter {
	struct app *app;
	struct err *e;
	struct command command;
	uint8_t ok[COMMAND_MAX_CODE / 8 + 1]; /* accepted exit codes */
	struct stream *in;   /* ours, sealed */
	struct stream *back; /* output of the command */
	struct stream_out out;
	struct scan scan;
	struct buf pending; /* records not yet sent to the command */
	size_t at;          /* bytes of them already sent */
	bool in_ready, in_done, back_ready, back_done;
};

/* --ok: exit codes that mean success; 0 always does. */
static int
read_ok(const char *text, struct filter *f, struct err *e)
{
	uint64_t code;

	f->ok[0] = 1;
	while (text != NULL && *text != '\0') {
		if (number_next(&text, COMMAND_MAX_CODE, &code) == -1 ||
		    (*text != '\0' && (*text != ',' || text[1] == '\0')))
			return (err_set(e, ERR_USAGE, "--ok: not exit codes "
			    "from 0 to %d such as 0,1", COMMAND_MAX_CODE));
		f->ok[code / 8] |= (uint8_t)(1U << code % 8);
		text += *text == ',';
	}
	return (0);
}

/* The first item: the stream must be complete, from its first record on. */
static int
check_input(struct filter *f)
{
	const struct stream_begin *head;
	struct stream_item item;

	if (stream_read(f->in, &item, f->e) == -1)
		return (-1);
	if ((head = stream_head(f->in)) == NULL) {
		if (item.kind == STREAM_EOF && stream_whole(f->in, &item,
		    f->e) == -1)
			return (-1);
		return (err_set_code(f->e, ERR_USAGE, "unsealed", "stdin: not "
		    "a sealed stream (nf-fetch --seal, nf-stage cat): without "
		    "a seal the command needs no nf-stage filter"));
	}
	app_set_run(f->app, head->run);
	if (head->share)
		return (err_set_code(f->e, ERR_USAGE, "not_whole", "stdin: a "
		    "share of a run: only a whole run can be filtered"));
	if (stream_begin_resumes(head))
		return (err_set_code(f->e, ERR_USAGE, "not_whole", "stdin: "
		    "continues from a mark: a run to be filtered must be "
		    "fetched from its beginning"));
	return (0);
}

/* The source of the output: the source of the input plus this command. */
static int
hash_source(const struct filter *f, char *const *argv, char hex[SHA256_HEX])
{
	const char *source = stream_head(f->in)->source;
	struct sha256 *h;
	int rc;

	if ((h = sha256_new(f->e)) == NULL)
		return (-1);
	sha256_update(h, source, strlen(source) + 1);
	for (; *argv != NULL; argv++)
		sha256_update(h, *argv, strlen(*argv) + 1);
	rc = sha256_end(h, hex, f->e);
	sha256_free(h);
	return (rc);
}

static int
begin_filtered(struct filter *f, char *const *argv)
{
	struct stream_begin b;
	int rc;

	stream_begin_init(&b);
	rc = stream_begin_copy(&b, stream_head(f->in), f->e);
	if (rc == 0 && (rc = hash_source(f, argv, b.source)) == 0)
		rc = stream_out_begin(&f->out, &b, f->e);
	stream_begin_free(&b);
	return (rc);
}

/* Read the next item of the input, which is available. */
static int
take_input(struct filter *f)
{
	struct stream_item item;

	f->in_ready = false;
	if (stream_read(f->in, &item, f->e) == -1)
		return (-1);
	f->in_done = item.kind == STREAM_EOF;
	/* The command may stop reading early: the rest is only checked. */
	if (item.kind == STREAM_RECORD && f->command.to != -1 &&
	    (buf_append(&f->pending, item.line, item.len) == -1 ||
	    buf_putc(&f->pending, '\n') == -1))
		return (err_nomem(f->e));
	f->app->stats.records_in = stream_records(f->in);
	f->app->stats.bytes_in = stream_bytes(f->in);
	progress_look(f->app);
	return (0);
}

/* Read the next line of the command, which is available. */
static int
take_output(struct filter *f)
{
	struct stream_item item;

	f->back_ready = false;
	if (stream_read(f->back, &item, f->e) == -1)
		return (-1);
	if (item.kind == STREAM_EOF) {
		f->back_done = true;
		return (0);
	}
	if (item.kind != STREAM_RECORD)
		return (err_set_code(f->e, ERR_DATA, "bad_control", "line 1: "
		    "a control line of its own"));
	if (scan_text(&f->scan, item.line, item.len, f->e) == -1)
		return (err_prefix(f->e, "line %" PRIu64, item.number));
	if (stream_out_record(&f->out, item.line, item.len, f->e) == -1)
		return (-1);
	f->app->stats.records_out = f->out.records;
	f->app->stats.bytes_out = f->out.bytes;
	return (0);
}

static void
drop_pending(struct filter *f)
{

	buf_reset(&f->pending);
	f->at = 0;
}

static int
feed_command(struct filter *f)
{
	ssize_t n;

	n = command_write(&f->command, f->pending.data + f->at,
	    f->pending.len - f->at, f->e);
	if (n == -1)
		return (-1);
	f->at += (size_t)n;
	if (f->at == f->pending.len)
		drop_pending(f);
	return (0);
}

/* Broken output may come from a command that died: report that instead. */
static int
refuse_output(struct filter *f)
{
	struct err why = *f->e, ended = { .class = ERR_NONE };

	if (why.class != ERR_DATA)
		return (-1);
	err_clear(f->e);
	err_prefix(&why, "the output of %s", f->command.name);
	if (command_wait(&f->command, WAIT_MS, &ended) == 1)
		(void)command_judge(&f->command, f->ok, f->e);
	if (f->e->class == ERR_NONE)
		*f->e = why;
	return (-1);
}

/* Wait until there is work, and transfer bytes. */
static int
move_bytes(struct filter *f, bool wants_input)
{
	enum { IN, TO, BACK, SIG };
	struct pollfd p[] = {
		[IN] = { .fd = wants_input ? STDIN_FILENO : -1,
		    .events = POLLIN },
		[TO] = { .fd = f->pending.len > 0 ? f->command.to : -1,
		    .events = POLLOUT },
		[BACK] = { .fd = f->back_done ? -1 : f->command.from,
		    .events = POLLIN },
		[SIG] = { .fd = sig_fd(), .events = POLLIN },
	};
	int rc;

	if (poll(p, sizeof(p) / sizeof(p[0]), -1) == -1 && errno != EINTR)
		return (err_errno(f->e, ERR_IO, "poll"));
	if (sig_check(f->e) == -1)
		return (-1);
	if (p[IN].revents != 0) {
		if ((rc = stream_fill(f->in, f->e)) == -1)
			return (-1);
		f->in_ready = rc == 1;
	}
	if (p[TO].revents != 0 && feed_command(f) == -1)
		return (-1);
	if (p[BACK].revents != 0) {
		if ((rc = stream_fill(f->back, f->e)) == -1)
			return (refuse_output(f));
		f->back_ready = rc == 1;
	}
	return (0);
}

/* Send all records to the command, and all of its output to stdout. */
static int
pump_records(struct filter *f)
{
	bool room;

	while (!f->in_done || !f->back_done || f->pending.len > 0) {
		assert(f->at <= f->pending.len);
		if (f->command.to == -1)
			drop_pending(f);
		room = !f->in_done && f->pending.len < AHEAD;
		if (room && (f->in_ready || stream_buffered(f->in))) {
			if (take_input(f) == -1)
				return (-1);
		} else if (!f->back_done && (f->back_ready ||
		    stream_buffered(f->back))) {
			if (take_output(f) == -1)
				return (refuse_output(f));
		} else {
			if (f->in_done && f->pending.len == 0)
				command_close(&f->command);
			if (move_bytes(f, room) == -1)
				return (-1);
		}
	}
	command_close(&f->command);
	return (0);
}

static int
filter_stream(struct filter *f, char *const *argv)
{

	if (check_input(f) == -1 ||
	    command_start(&f->command, argv, f->e) == -1)
		return (-1);
	f->back = stream_open(f->command.from, NDJSON_MAX_LINE, f->e);
	if (f->back == NULL || begin_filtered(f, argv) == -1 ||
	    pump_records(f) == -1 || command_wait(&f->command, -1, f->e) == -1
	    || command_judge(&f->command, f->ok, f->e) == -1)
		return (-1);
	return (stream_out_end(&f->out, NULL, f->e));
}

int
cmd_filter(const struct options *o, struct app *app)
{
	struct filter f = { .app = app, .e = &app->err,
		.command = { .pid = -1, .to = -1, .from = -1 } };
	int rc = -1;

	stream_out_init(&f.out, STDOUT_FILENO);
	buf_init(&f.pending, AHEAD + (size_t)o->max_line + 2);
	scan_init(&f.scan);
	if (read_ok(o->ok, &f, f.e) == 0 && (f.in = stream_open(STDIN_FILENO,
	    (size_t)o->max_line, f.e)) != NULL)
		rc = filter_stream(&f, app->operand);
	command_stop(&f.command);
	app->stats.sealed = rc == 0;
	stream_free(f.in);
	stream_free(f.back);
	stream_out_free(&f.out);
	scan_free(&f.scan);
	buf_free(&f.pending);
	return (rc);
}

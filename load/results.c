/* SPDX-License-Identifier: Apache-2.0 */
#include "results.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jsonw.h"
#include "row_line.h"
#include "target.h"

#define FLUSH ((size_t)64 << 10)
#define MAX_BUFFER ((size_t)16 << 20)

struct results {
	int fd;
	enum results_which which;
	const char *path;
	struct buf buf;
};

struct results *
results_open(const char *path, enum results_which which, struct err *e)
{
	struct results *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->which = which;
	r->path = path;
	buf_init(&r->buf, MAX_BUFFER);
	r->fd = STDOUT_FILENO;
	if (strcmp(path, "-") != 0)
		r->fd = io_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600, e);
	if (r->fd == -1) {
		err_errno(e, ERR_IO, "%s", path);
		free(r);
		return (NULL);
	}
	return (r);
}

static int
flush_results(struct results *r, struct err *e)
{

	if (r->buf.failed)
		return (err_nomem(e));
	if (io_write(r->fd, r->buf.data, r->buf.len, e) == -1)
		return (err_prefix(e, "%s", r->path));
	buf_reset(&r->buf);
	return (0);
}

int
results_add(struct results *r, const struct target_outcome *o, struct err *e)
{
	struct buf *b = &r->buf;

	if (o->code == CODE_OK && r->which == RESULTS_FAILED)
		return (0);
	buf_putc(b, '{');
	jsonw_u64(b, "index", o->index);
	jsonw_u64(b, "line", o->line);
	jsonw_member(b, "row");
	if (o->row.p != NULL)
		row_line_name(b, o->row);
	else
		buf_puts(b, "null");
	jsonw_i64(b, "code", o->code);
	jsonw_str(b, "status", code_name(o->code));
	jsonw_str(b, "message", o->message);
	jsonw_u64(b, "attempts", o->attempts);
	if (o->code != CODE_OK)
		jsonw_bool(b, "whole", o->scope == CODE_OF_REQUEST);
	buf_puts(b, "}\n");
	return (b->len < FLUSH ? 0 : flush_results(r, e));
}

int
results_close(struct results *r, struct err *e)
{
	int rc;

	if (r == NULL)
		return (0);
	rc = flush_results(r, e);
	/* app_finish closes and checks stdout. */
	if (r->fd != STDOUT_FILENO && io_close(r->fd, e) == -1)
		rc = err_prefix(e, "%s", r->path);
	buf_free(&r->buf);
	free(r);
	return (rc);
}

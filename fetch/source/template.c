/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"

#define MAX_VALUE (64U * 1024)

/* A piece of a template: plain text, or the name of a variable. */
struct piece {
	const char *p;
	size_t n;
	bool variable;
};

static int
reject_template(struct err *e, const char *why)
{

	return (err_set_code(e, ERR_CONFIG, "bad_template", "template: %s",
	    why));
}

static size_t
name_length(const char *p)
{

	if (*p == '/')
		return (strcspn(p, "{}"));
	return (strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_."
	    "abcdefghijklmnopqrstuvwxyz0123456789"));
}

/* Take the next piece from ${text}: 1, 0 at the end, -1. */
static int
next_piece(const char **text, struct piece *piece, struct err *e)
{
	const char *p = *text;

	if (*p == '\0')
		return (0);
	piece->variable = false;
	piece->p = p;
	if ((p[0] == '{' || p[0] == '}') && p[1] == p[0]) {
		piece->n = 1;
		*text = p + 2;
	} else if (*p == '{') {
		piece->variable = true;
		piece->p = p + 1;
		piece->n = name_length(p + 1);
		if (piece->n == 0 || p[1 + piece->n] != '}')
			return (reject_template(e,
			    "'{' without a name and '}' (\"{{\" is "
			    "the brace itself)"));
		*text = p + piece->n + 2;
	} else if (*p == '}') {
		return (reject_template(e,
		    "'}' without '{' (\"}}\" is the brace "
		    "itself)"));
	} else {
		piece->n = strcspn(p, "{}");
		*text = p + piece->n;
	}
	return (1);
}

int
template_check(const char *text,
    bool (*known)(void *arg, const char *name, size_t n), void *arg,
    struct err *e)
{
	struct piece piece;
	int rc;

	while ((rc = next_piece(&text, &piece, e)) > 0)
		if (piece.variable && known != NULL &&
		    !known(arg, piece.p, piece.n))
			return (err_set_code(e, ERR_CONFIG, "bad_template",
			    "template: no variable {%.*s}", (int)piece.n,
			    piece.p));
	return (rc);
}

int
template_expand(const char *text, enum template_escape escape,
    const struct template_vars *vars, struct buf *out, struct err *e)
{
	struct piece piece;
	struct buf v;
	int rc;

	buf_init(&v, MAX_VALUE);
	while ((rc = next_piece(&text, &piece, e)) > 0) {
		if (!piece.variable) {
			buf_append(out, piece.p, piece.n);
			continue;
		}
		buf_reset(&v);
		rc = vars->get(vars->arg, piece.p, piece.n, &v, e);
		if (rc == -1 || v.failed)
			break;
		if (escape == TEMPLATE_PERCENT)
			percent_encode(out, v.data, v.len);
		else
			buf_append(out, v.data, v.len);
	}
	if (rc >= 0 && (out->failed || v.failed))
		rc = (!out->failed || out->over) && (!v.failed || v.over) ?
		    reject_template(e, "the result is too long") : err_nomem(e);
	buf_free(&v);
	return (rc == -1 ? -1 : 0);
}

void
template_tighten(const char *text,
    bool (*known)(void *arg, const char *name, size_t n), void *arg,
    struct buf *out)
{
	size_t n;

	for (; *text != '\0'; text++) {
		n = *text == '{' ? name_length(text + 1) : 0;
		if (n > 0 && text[1 + n] == '}' && known(arg, text + 1, n)) {
			buf_append(out, text, n + 2);
			text += n + 1;
			continue;
		}
		buf_putc(out, *text);
		if (*text == '{' || *text == '}')
			buf_putc(out, *text);
	}
}

bool
template_single(const char *text, const char **name, size_t *n)
{
	struct piece piece;
	struct err e = { 0 };

	if (next_piece(&text, &piece, &e) <= 0 || !piece.variable ||
	    *text != '\0')
		return (false);
	*name = piece.p;
	*n = piece.n;
	return (true);
}

bool
template_uses(const char *text, const char *name)
{
	struct piece piece;
	struct err e = { 0 };

	while (next_piece(&text, &piece, &e) > 0)
		if (piece.variable && piece.n == strlen(name) &&
		    memcmp(piece.p, name, piece.n) == 0)
			return (true);
	return (false);
}

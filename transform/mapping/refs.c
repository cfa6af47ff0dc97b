/* SPDX-License-Identifier: Apache-2.0 */
#include "refs.h"

#include <assert.h>
#include <string.h>

#include "lib/base/err.h"

#define MAX_FUNCS 16
#define MAX_LEVELS 16

/* Resolve ~0 ~1 ~2 ~3 in ${n} characters; the length, or -1. */
static long
unescape_pointer(const char *p, size_t n, char *out)
{
	static const char means[] = "~/|}";
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (p[i] != '~')
			out[len++] = p[i];
		else if (++i == n || p[i] < '0' || p[i] > '3')
			return (-1);
		else
			out[len++] = means[p[i] - '0'];
	}
	return ((long)len);
}

/* Add the steps of "/a/b" to the tree of ${s} and give its value a slot. */
static int
add_pointer(struct compiler *c, const struct config *n, struct scope *s,
    const char *p, size_t len, struct ref *r, struct err *e)
{
	struct pool *pool = &c->prog->pool;
	const char *end = p + len, *to;
	struct path *at = &s->path;
	char *key;
	long keylen;

	for (; p < end; p = to) {
		for (to = p + 1; to < end && *to != '/'; to++)
			;
		if ((key = pool_alloc(pool, (size_t)(to - p))) == NULL)
			return (err_nomem(e));
		keylen = unescape_pointer(p + 1, (size_t)(to - p) - 1, key);
		if (keylen == -1)
			return (config_error(n, e, "in a JSON Pointer '~' must "
			    "be followed by 0 (~), 1 (/), 2 (|) or 3 (})"));
		at = path_add(at, key, (size_t)keylen, pool);
		if (at == NULL)
			return (err_nomem(e));
	}
	if (at->slot == PATH_NO_SLOT)
		at->slot = s->nslot++;
	r->slot = at->slot;
	r->scope = s;
	r->kind = REF_VALUE;
	return (0);
}

/* "$run" and the like. */
static int
parse_special(struct compiler *c, const struct config *n, const char *p,
    size_t len, struct ref *r, struct err *e)
{
	static const struct {
		const char *name;
		enum ref_kind kind;
	} names[] = { { "$record", REF_RECORD }, { "$run", REF_RUN },
		{ "$source", REF_SOURCE }, { "$tags", REF_TAGS } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, p, len) == 0) {
			r->kind = names[i].kind;
			c->prog->needs_place |= r->kind == REF_RECORD;
			return (0);
		}
	return (config_error(n, e,
	    "\"%.*s\": expected $record, $run, $source or "
	    "$tags", (int)len, p));
}

/* What stands before the functions. */
static int
parse_base(struct compiler *c, const struct config *n, const char *p, size_t
    len, struct ref *r, struct err *e)
{
	struct scope *s = c->scope;
	const char *end = p + len;

	if (len > 0 && *p == '$')
		return (parse_special(c, n, p, len, r, e));
	if (len == 0 || *p == '/') {
		r->pointer = pool_copy(&c->prog->pool, p, len);
		return (r->pointer == NULL ? err_nomem(e) :
		    add_pointer(c, n, c->prog->record, p, len, r, e));
	}
	while (end - p >= 2 && memcmp(p, "..", 2) == 0) {
		if ((s = s->up) == NULL)
			return (config_error(n, e, "\"%.*s\" leads out of the "
			    "record: there is no for_each around it", (int)len,
			    end - len));
		p += 2;
		if (end - p >= 1 && *p == '/' &&
		    (end - p == 1 || p[1] == '.' || p[1] == '#'))
			p++;
		else
			break;
	}
	if (p == end - 1 && *p == '#') {
		if (s->up == NULL)
			return (config_error(n, e,
			    "# is the position in a for_each, and there is "
			    "no for_each"));
		r->kind = REF_POSITION;
		r->scope = s;
		return (0);
	}
	if (p < end && *p == '.' && p == end - len)
		p++;
	if ((p < end && *p != '/') || p == end - len)
		return (config_error(n, e, "\"%.*s\" is not a reference: expected "
		    "/member, ./member, ../member, # or $name", (int)len,
		    end - len));
	r->pointer = pool_copy(&c->prog->pool, p, (size_t)(end - p));
	if (r->pointer == NULL)
		return (err_nomem(e));
	return (add_pointer(c, n, s, p, (size_t)(end - p), r, e));
}

/* "|name:args|name" up to ${end}. */
static int
parse_functions(struct compiler *c, const struct config *n, const char *p,
    const char *end, struct ref *r, struct err *e)
{
	struct func *f = pool_alloc(&c->prog->pool, MAX_FUNCS * sizeof(*f));
	const char *to, *wrong;

	if (f == NULL)
		return (err_nomem(e));
	for (r->func = f; p < end; p = to) {
		for (to = p + 1; to < end && *to != '|'; to++)
			;
		if (r->nfunc == MAX_FUNCS)
			return (config_error(n, e, "more than %d functions",
			    MAX_FUNCS));
		wrong = func_parse(f, p + 1, (size_t)(to - p) - 1, c->zone,
		    &c->prog->pool);
		if (wrong != NULL)
			return (config_error(n, e, "function \"%.*s\": %s",
			    (int)(to - p) - 1, p + 1, wrong));
		if (f->kind == FUNC_DEFAULT) {
			r->has_default = true;
			r->dflt.p = f->text;
			r->dflt.n = strlen(f->text);
			continue;
		}
		f++;
		r->nfunc++;
	}
	return (0);
}

int
refs_text(struct compiler *c, const struct config *n, const char *text,
    size_t len, struct ref **out, struct err *e)
{
	struct ref *r = pool_alloc(&c->prog->pool, sizeof(*r));
	const char *bar = memchr(text, '|', len), *end = text + len;

	if (r == NULL)
		return (err_nomem(e));
	if (bar == NULL)
		bar = end;
	if (parse_base(c, n, text, (size_t)(bar - text), r, e) == -1)
		return (-1);
	if (bar < end && parse_functions(c, n, bar, end, r, e) == -1)
		return (-1);
	if ((r->text = pool_copy(&c->prog->pool, text, len)) == NULL)
		return (err_nomem(e));
	r->next = c->prog->refs;
	c->prog->refs = r;
	*out = r;
	return (0);
}

int
refs_ref(struct compiler *c, const struct config *n, const struct ref **out,
    struct err *e)
{
	const char *s;
	struct ref *r;

	if (config_string(n, &s, e) == -1 ||
	    refs_text(c, n, s, strlen(s), &r, e) == -1)
		return (-1);
	*out = r;
	return (0);
}

/* Append the literal up to "{" to ${part}, "{{" and "}}" made one. */
static int
take_literal(struct compiler *c, const struct config *n, const char **text,
    struct part *part, struct err *e)
{
	const char *p = *text;
	char *to = pool_copy(&c->prog->pool, p, strlen(p));

	if (to == NULL)
		return (err_nomem(e));
	part->literal.p = to;
	for (; *p != '\0'; p++) {
		if (*p == '{' && p[1] != '{')
			break;
		if (*p == '}' && p[1] != '}')
			return (config_error(n, e, "a \"}\" without its \"{\"; "
			    "write }} for the character"));
		if (*p == '{' || *p == '}')
			p++;
		*to++ = *p;
	}
	part->literal.n = (size_t)(to - part->literal.p);
	*text = p;
	return (0);
}

/* Does a text of no fixed width end where the next part begins? */
static int
check_separator(const struct config *n, struct part *part,
    const struct part *next, struct err *e)
{
	int first = next->literal.n > 0 ? next->literal.p[0] : 0;

	if (part->ref == NULL ||
	    func_width(part->ref->func, part->ref->nfunc) > 0)
		return (0);
	if (next->literal.n == 0 && next->ref == NULL)
		return (0); /* the last */
	if (first > ' ' && first < 0x7f && first != '%' &&
	    !(first >= '0' && first <= '9') &&
	    !((first | 0x20) >= 'a' && (first | 0x20) <= 'z')) {
		part->separator = (char)first;
		return (0);
	}
	return (config_error(n, e, "after a part of no fixed width must come "
	    "punctuation such as #, or two records could get one key; or give "
	    "the part a width with pad"));
}

static int
parse_template(struct compiler *c, const struct config *n, const char *text,
    struct template **out, struct err *e)
{
	struct template *t = pool_alloc(&c->prog->pool, sizeof(*t));
	struct part *part = NULL, *one;
	struct ref *r;
	const char *end;

	if (t == NULL)
		return (err_nomem(e));
	do {
		part = pool_grow(&c->prog->pool, part, t->n, sizeof(*part));
		if (part == NULL)
			return (err_nomem(e));
		one = &part[t->n++];
		if (take_literal(c, n, &text, one, e) == -1)
			return (-1);
		if (*text == '\0')
			break;
		if ((end = strchr(text, '}')) == NULL)
			return (config_error(n, e, "a \"{\" without its \"}\"; "
			    "write {{ for the character"));
		if (refs_text(c, n, text + 1, (size_t)(end - text) - 1, &r,
		    e) == -1)
			return (-1);
		one->ref = r;
		text = end + 1;
	} while (true);
	t->part = part;
	*out = t;
	return (0);
}

int
refs_template(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e)
{
	struct template *t;

	if (parse_template(c, n, text, &t, e) == -1)
		return (-1);
	*out = t;
	return (0);
}

int
refs_key(struct compiler *c, const struct config *n, const char *text,
    const struct template **out, struct err *e)
{
	struct template *t;
	size_t i;

	if (parse_template(c, n, text, &t, e) == -1)
		return (-1);
	for (i = 0; i + 1 < t->n; i++)
		if (check_separator(n, &t->part[i], &t->part[i + 1], e) == -1)
			return (-1);
	*out = t;
	return (0);
}

int
refs_enter_text(struct compiler *c, const struct config *n, const char *text,
    size_t len, struct scope **out, struct err *e)
{
	struct scope *s = pool_alloc(&c->prog->pool, sizeof(*s));
	struct ref *r;

	if (s == NULL)
		return (err_nomem(e));
	if (refs_text(c, n, text, len, &r, e) == -1)
		return (-1);
	if (r->kind != REF_VALUE || r->nfunc > 0 || r->has_default)
		return (config_error(n, e,
		    "\"%.*s\": expected a reference to an "
		    "array, such as \"/ItemList\"", (int)len, text));
	s->each = r;
	s->up = c->scope;
	s->level = c->scope->level + 1;
	if (s->level >= MAX_LEVELS)
		return (config_error(n, e, "for_each nested too deeply"));
	if (s->level >= c->prog->nlevel)
		c->prog->nlevel = s->level + 1;
	path_init(&s->path);
	s->next = c->prog->scopes;
	c->prog->scopes = s;
	c->scope = s;
	*out = s;
	return (0);
}

int
refs_enter(struct compiler *c, const struct config *each, struct scope **out,
    struct err *e)
{
	const char *s;

	if (config_string(each, &s, e) == -1)
		return (-1);
	return (refs_enter_text(c, each, s, strlen(s), out, e));
}

void
refs_leave(struct compiler *c)
{

	assert(c->scope->up != NULL);
	c->scope = c->scope->up;
}

void
refs_finish(struct program *prog)
{
	struct scope *s;
	struct ref *r;

	prog->nslot = 0;
	for (s = prog->scopes; s != NULL; s = s->next) {
		s->base = prog->nslot;
		prog->nslot += s->nslot;
	}
	for (r = prog->refs; r != NULL; r = r->next)
		if (r->kind == REF_VALUE)
			r->slot += r->scope->base;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "refs.h"

#include <assert.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define MAX_FUNCS 16
#define MAX_OTHERS 16
#define MAX_HINT 100

/* "$.a[0].b" and "a.b" as the intended JSON Pointer. */
static void
make_hint(const char *p, size_t len, char hint[MAX_HINT])
{
	size_t i = len > 0 && (*p == '$' || *p == '@'), n = 0;

	if (i < len && p[i] != '.' && p[i] != '[')
		hint[n++] = '/';
	for (; i < len && n < MAX_HINT - 1; i++)
		if (p[i] == '.' || p[i] == '[')
			hint[n++] = '/';
		else if (strchr("]'\"", p[i]) == NULL)
			hint[n++] = p[i];
	hint[n] = '\0';
}

/* Reject a step from ${p} to ${to}, without its "/", that looks wrong. */
static int
check_step(const struct config *n, const char *p, const char *to,
    struct err *e)
{

	if (p < to && (*p == ' ' || to[-1] == ' '))
		return (config_error(n, e, "\"%.*s\": a name that begins or "
		    "ends with a space; write ~4 for that space; functions "
		    "follow as \"|trim\" without blanks, and \"/a||/b\" is the "
		    "first that exists", (int)(to - p), p));
	if ((to - p == 1 && *p == '*') ||
	    (to - p >= 3 && memcmp(to - 3, "[*]", 3) == 0))
		return (config_error(n, e, "\"%.*s\": a reference names one "
		    "place; write \"for_each\" for the items of an array",
		    (int)(to - p), p));
	return (0);
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
		if (check_step(n, p + 1, to, e) == -1)
			return (-1);
		if ((key = pool_alloc(pool, (size_t)(to - p))) == NULL)
			return (err_nomem(e));
		keylen = path_unescape(p + 1, (size_t)(to - p) - 1, key);
		if (keylen == -1)
			return (config_error(n, e, "%s", PATH_ESCAPES));
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

/* Neither "/member" nor another form: suggest the intended one. */
static int
report_not_reference(const struct config *n, const char *p, size_t len,
    struct err *e)
{
	char hint[MAX_HINT];

	make_hint(p, len, hint);
	return (config_error(n, e, "\"%.*s\" is not a reference: expected "
	    "/member, ./member, ../member, ^/member, # or $name; write "
	    "\"%.60s\"", (int)len, p, hint));
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
	if (len > 1 && (p[1] == '.' || p[1] == '['))
		return (report_not_reference(n, p, len, e));
	return (config_error(n, e, "\"%.*s\": expected $record, $run, $source "
	    "or $tags", (int)len, p));
}

/* Make ${r} the value at the JSON Pointer ${p} below ${s}. */
static int
point_at(struct compiler *c, const struct config *n, struct scope *s,
    const char *p, size_t len, struct ref *r, struct err *e)
{

	if ((r->pointer = pool_copy(&c->prog->pool, p, len)) == NULL)
		return (err_nomem(e));
	return (add_pointer(c, n, s, p, len, r, e));
}

/* ".", "./a", "..", "../a", "../../a", "#", "../#". */
static int
parse_relative(struct compiler *c, const struct config *n, const char *p,
    size_t len, struct ref *r, struct err *e)
{
	struct scope *s = c->scope;
	const char *end = p + len;

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
		return (report_not_reference(n, end - len, len, e));
	return (point_at(c, n, s, p, (size_t)(end - p), r, e));
}

/* The part before the functions, without "|json". */
static int
parse_base(struct compiler *c, const struct config *n, const char *p,
    size_t len, struct ref *r, struct err *e)
{
	struct program *g = c->prog;

	if (len > 0 && *p == '$')
		return (parse_special(c, n, p, len, r, e));
	if (len > 0 && *p == '^') {
		if (len > 1 && p[1] != '/')
			return (report_not_reference(n, p + 1, len - 1, e));
		return (point_at(c, n, g->record, p + 1, len - 1, r, e));
	}
	if (len == 0 || *p == '/')
		return (point_at(c, n, g->root != NULL ? g->root : g->record,
		    p, len, r, e));
	return (parse_relative(c, n, p, len, r, e));
}

static struct ref *
make_ref(struct compiler *c, struct err *e)
{
	struct ref *r = pool_alloc(&c->prog->pool, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->absent = c->absent;
	r->next = c->prog->refs;
	c->prog->refs = r;
	return (r);
}

/* The text at ${r}, so far, is to be read as JSON: once. */
static int
add_json(struct compiler *c, const struct config *n, const struct ref *r,
    struct err *e)
{
	struct program *g = c->prog;
	struct inner_json *more;
	struct ref *copy;
	size_t i;

	if (r->kind != REF_VALUE)
		return (config_error(n, e, "|json needs a member of a record"));
	for (i = 0; i < g->njson; i++)
		if (g->json[i].ref->scope == r->scope &&
		    g->json[i].ref->slot == r->slot)
			return (0);
	if ((copy = make_ref(c, e)) == NULL)
		return (-1);
	copy->kind = REF_VALUE;
	copy->scope = r->scope;
	copy->slot = r->slot;
	copy->pointer = r->pointer;
	more = pool_grow(&g->pool, g->json, g->njson, sizeof(*more));
	if (more == NULL)
		return (err_nomem(e));
	g->json = more;
	more[g->njson].ref = copy;
	more[g->njson++].place = refs_place(c, n);
	return (0);
}

/* The end of the place at ${p}: a "|" that is not "|json". */
static const char *
find_bar(const char *p, const char *end)
{
	const char *bar = p < end ? memchr(p, '|', (size_t)(end - p)) : NULL;

	return (bar == NULL ? end : bar);
}

/* The scope of ${r}, one of those that enclose the compiler. */
static struct scope *
find_scope(const struct compiler *c, const struct ref *r)
{
	struct scope *s;

	for (s = c->prog->scopes; s != r->scope; s = s->next)
		assert(s->next != NULL);
	return (s);
}

static bool
is_json_step(const char *p, const char *end)
{

	return (end - p >= 5 && memcmp(p, "|json", 5) == 0 &&
	    (end - p == 5 || p[5] == '|' || p[5] == '/'));
}

/* One of "a||b", with its "|json/member"; *${text} moves past it. */
static int
parse_place(struct compiler *c, const struct config *n, const char **text,
    const char *end, struct ref *r, struct err *e)
{
	const char *bar = find_bar(*text, end), *p;
	struct buf whole;
	int rc;

	if (parse_base(c, n, *text, (size_t)(bar - *text), r, e) == -1)
		return (-1);
	while (is_json_step(bar, end)) {
		if (add_json(c, n, r, e) == -1)
			return (-1);
		p = bar + 5;
		bar = find_bar(p, end);
		if (p == bar)
			continue;
		/* Continue from there: the same pointer, some steps longer. */
		buf_init(&whole, (size_t)64 << 10);
		buf_puts(&whole, r->pointer);
		buf_append(&whole, p, (size_t)(bar - p));
		rc = whole.failed ? err_nomem(e) :
		    point_at(c, n, find_scope(c, r), (const char *)whole.data,
		    whole.len, r, e);
		buf_free(&whole);
		if (rc == -1)
			return (-1);
	}
	*text = bar;
	return (0);
}

/* Take what belongs to the reference rather than to its functions. */
static int
take_function(struct compiler *c, const struct config *n, struct ref *r,
    const struct func *f, struct err *e)
{
	struct text *join;

	if (f->kind == FUNC_DEFAULT) {
		r->has_default = true;
		r->dflt.p = f->text;
		r->dflt.n = strlen(f->text);
		return (0);
	}
	if (r->kind != REF_VALUE || r->nfunc > 0 || r->join != NULL)
		return (config_error(n, e, "join must be the first function "
		    "after a reference to an array"));
	if ((join = pool_alloc(&c->prog->pool, sizeof(*join))) == NULL)
		return (err_nomem(e));
	join->p = f->text;
	join->n = strlen(f->text);
	r->join = join;
	return (0);
}

/* "|name:args|name" up to ${end}. */
static int
parse_functions(struct compiler *c, const struct config *n, const char *p,
    const char *end, struct ref *r, struct err *e)
{
	struct func *f = pool_alloc(&c->prog->pool, MAX_FUNCS * sizeof(*f));
	struct func_env env = { .pool = &c->prog->pool, .zone = c->zone,
		.patterns = &c->prog->patterns, .secrets = c->prog->secrets };
	const char *to;
	struct err why = { 0 };

	if (f == NULL)
		return (err_nomem(e));
	for (r->func = f; p < end; p = to) {
		to = find_bar(p + 1, end);
		if (to == p + 1 && to < end)
			return (config_error(n, e, "functions come after the "
			    "last of several references: \"/a||/b|trim\""));
		if (r->nfunc == MAX_FUNCS)
			return (config_error(n, e, "more than %d functions",
			    MAX_FUNCS));
		if (func_parse(f, p + 1, (size_t)(to - p) - 1, &env, &why) ==
		    -1)
			return (why.class != ERR_CONFIG ? err_nomem(e) :
			    config_error(n, e, "function \"%.*s\": %s",
			    (int)(to - p) - 1, p + 1, why.msg));
		if (f->kind == FUNC_DEFAULT || f->kind == FUNC_JOIN) {
			if (take_function(c, n, r, f, e) == -1)
				return (-1);
			continue;
		}
		f++;
		r->nfunc++;
	}
	return (0);
}

/* Only unchanged values of the record? */
static bool
is_plain(const struct ref *r)
{
	const struct ref *o;

	for (o = r; o != NULL; o = o->other)
		if (o->kind != REF_VALUE)
			return (false);
	return (r->nfunc == 0 && !r->has_default && r->join == NULL);
}

int
refs_text(struct compiler *c, const struct config *n, const char *text,
    size_t len, struct ref **out, struct err *e)
{
	const char *p = text, *end = text + len;
	struct ref *first, *r;
	int others = 0;

	if ((first = r = make_ref(c, e)) == NULL)
		return (-1);
	for (;;) {
		if (parse_place(c, n, &p, end, r, e) == -1)
			return (-1);
		if (end - p < 2 || p[0] != '|' || p[1] != '|')
			break;
		p += 2;
		if (++others > MAX_OTHERS)
			return (config_error(n, e, "more than %d references "
			    "behind each other", MAX_OTHERS));
		if ((r->other = make_ref(c, e)) == NULL)
			return (-1);
		r = c->prog->refs; /* the one just made */
	}
	if (p < end && parse_functions(c, n, p, end, first, e) == -1)
		return (-1);
	if ((first->text = pool_copy(&c->prog->pool, text, len)) == NULL)
		return (err_nomem(e));
	first->plain = is_plain(first);
	if (first->has_default && (first->place = refs_place(c, n)) == NULL)
		return (err_nomem(e));
	*out = first;
	return (0);
}

/* One of "absent": a text, {} or []. */
static int
read_absent(struct compiler *c, const struct config *n, struct absent *a,
    struct text *t, struct err *e)
{
	const char *s;

	if (config_size(n) == 0 && config_is_object(n)) {
		a->object = true;
		return (0);
	}
	if (config_size(n) == 0 && config_is_array(n)) {
		a->array = true;
		return (0);
	}
	if (!config_is_string(n))
		return (config_wrong(n, e, "a text, {} or []; null is always "
		    "absent"));
	if (config_string(n, &s, e) == -1)
		return (-1);
	t[a->n].n = strlen(s);
	a->lengths |= program_length_bit(strlen(s));
	if ((t[a->n++].p = pool_copy(&c->prog->pool, s, strlen(s))) == NULL)
		return (err_nomem(e));
	return (0);
}

int
refs_absent(struct compiler *c, const struct config *n, struct err *e)
{
	struct config m, item;
	struct absent *a;
	struct text *t;
	size_t i;

	if (!config_member(n, "absent", &m))
		return (0);
	if (!config_is_array(&m) || config_size(&m) == 0)
		return (config_wrong(&m, e, "an array of texts, {} or []"));
	a = pool_alloc(&c->prog->pool, sizeof(*a));
	t = pool_alloc(&c->prog->pool, config_size(&m) * sizeof(*t));
	if (a == NULL || t == NULL)
		return (err_nomem(e));
	a->text = t;
	for (i = 0; i < config_size(&m); i++) {
		config_item(&m, i, &item);
		if (read_absent(c, &item, a, t, e) == -1)
			return (-1);
	}
	c->absent = a;
	return (0);
}

const char *
refs_place(struct compiler *c, const struct config *n)
{
	const char *place;
	struct buf b;

	buf_init(&b, (size_t)64 << 10);
	config_place(n, &b);
	place = b.failed ? NULL :
	    pool_copy(&c->prog->pool, (const char *)b.data, b.len);
	buf_free(&b);
	return (place);
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

/* Append the literal up to "{" to ${part}; "{{" and "}}" become one. */
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

/* Does the next part mark the end of a text without a fixed width? */
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
	return (config_error(n, e, "a part without a fixed width must be "
	    "followed by punctuation such as #, or two records could get the "
	    "same key; or give the part a width with pad"));
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
	if (!r->plain)
		return (config_error(n, e, "\"%.*s\": expected a reference to "
		    "an array, such as \"/ItemList\"", (int)len, text));
	s->each = r;
	s->place = refs_place(c, n);
	s->up = c->scope;
	s->level = c->scope->level + 1;
	if (s->level >= PROGRAM_MAX_LEVELS)
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

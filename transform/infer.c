/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "options.h"
#include "sample.h"

#define MAX_RECORDS 1000
#define MAX_TEXT ((size_t)16 << 20)
#define MAX_PATH 4096
#define MAX_LEVELS 8

/* Before the name of a column, which no text in a mapping can look like. */
#define COLUMN "\n\t\t\t\t\t"

/* The table of the records; those of their lists are named after it. */
#define TABLE "records"

struct infer {
	struct buf out;
	struct buf tables;   /* the members of "tables" */
	struct buf key;      /* template of the record's key, without quotes */
	const struct field *best; /* the key is this field */
	int score;
	bool zoneless;
	bool first;          /* no column of this row yet */
	size_t row;          /* where its columns begin in ${out} */
	int left_out;        /* fields that no reference can name */
	int rules;
	uint64_t records;
};

/* A place in the tree: the reference to it and the name of its columns. */
struct place {
	char ref[MAX_PATH];
	char name[MAX_PATH];
};

/* ${from}, one member deeper; -1 if it gets too long or is not a C string. */
static int
step_into(struct place *to, const struct place *from, const struct field *f)
{
	char *p = to->ref, *q = to->name;
	size_t i;

	if (strlen(from->ref) + 2 * f->len + 2 > MAX_PATH ||
	    strlen(from->name) + 2 * f->len + 2 > MAX_PATH ||
	    memchr(f->key, '\0', f->len) != NULL)
		return (-1);
	p = stpcpy(p, from->ref);
	q = stpcpy(q, from->name);
	*p++ = '/';
	if (*from->name != '\0')
		*q++ = '.';
	for (i = 0; i < f->len; i++) {
		const char *special = strchr("~/|}", f->key[i]);

		if (special != NULL) {
			*p++ = '~';
			*p++ = (char)('0' + (special - "~/|}"));
		} else
			*p++ = f->key[i];
		if (f->key[i] == '{' || f->key[i] == '}')
			*q++ = f->key[i];
		*q++ = f->key[i];
	}
	if (q == to->name) /* a name may be empty, a column's not */
		*q++ = '_';
	*p = *q = '\0';
	return (0);
}

/* How well does a name fit an identifier? */
static int
score_name(const char *key)
{
	static const struct {
		const char *part;
		int score;
	} parts[] = { { "chave", 60 }, { "uuid", 55 }, { "key", 50 },
		{ "id", 40 }, { "num", 20 }, { "cod", 10 } };
	char low[64];
	size_t i, n = strlen(key);

	for (i = 0; i < n && i < sizeof(low) - 1; i++)
		low[i] = (char)tolower((unsigned char)key[i]);
	low[i] = '\0';
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(low, parts[i].part) != NULL)
			return (parts[i].score);
	return (1);
}

/* Look for the field that identifies records best. */
static void
find_key_field(struct infer *n, const struct field *f, const struct place *at,
    int depth)
{
	struct place below;
	size_t i;
	int score;

	for (i = 0; i < f->nchild; i++) {
		const struct field *c = f->child[i];

		if (step_into(&below, at, c) == -1)
			continue;
		if (sample_is_object(c) && depth < MAX_LEVELS)
			find_key_field(n, c, &below, depth + 1);
		if (!sample_is_scalar(c) || c->seen != n->records ||
		    c->repeated || c->decimals || c->dates || c->longest == 0 ||
		    c->longest > 128)
			continue;
		score = score_name(c->key) - depth;
		if (score <= n->score)
			continue;
		n->score = score;
		n->best = c;
		buf_reset(&n->key);
		if (c->integers && c->longest <= 18)
			buf_printf(&n->key, "{%s|pad:%d}", below.ref,
			    c->longest < 10 ? 10 : 20);
		else
			buf_printf(&n->key, "{%s}", below.ref);
	}
}

/* Is there a column of this name in the row already? */
static bool
has_column(struct infer *n, const char *name)
{
	struct buf want;
	bool found;

	buf_init(&want, 8 * MAX_PATH);
	buf_puts(&want, COLUMN);
	jsonw_cstring(&want, name);
	found = n->out.len > n->row && memmem(n->out.data + n->row,
	    n->out.len - n->row, want.data, want.len) != NULL;
	n->out.failed |= want.failed;
	buf_free(&want);
	return (found && !n->out.failed);
}

static void
begin_column(struct infer *n, const char *name)
{
	char own[MAX_PATH + 12];
	size_t at = (size_t)snprintf(own, sizeof(own), "%s", name);
	int more;

	for (more = 2; has_column(n, own); more++)
		snprintf(own + at, sizeof(own) - at, "_%d", more);
	buf_puts(&n->out, n->first ? COLUMN : "," COLUMN);
	n->first = false;
	jsonw_cstring(&n->out, own);
	buf_puts(&n->out, ": ");
}

/* One column; seldom says whether the field is absent sometimes. */
static void
write_column(struct infer *n, const struct field *f, const struct place *at,
    bool seldom)
{
	const char *type = "";

	begin_column(n, at->name);
	if (!sample_is_scalar(f))
		type = "json";
	else if (f->decimals)
		type = f->kinds == 1U << SCAN_NUMBER ? "decimal" : "";
	else if (f->dates && f->seen > 0) {
		type = "date";
		n->zoneless |= f->zoneless;
	}
	if (*type == '\0' && !seldom) {
		jsonw_cstring(&n->out, at->ref);
		return;
	}
	buf_puts(&n->out, "{ \"from\": ");
	jsonw_cstring(&n->out, at->ref);
	if (*type != '\0')
		buf_printf(&n->out, ", \"type\": \"%s\"", type);
	if (seldom)
		buf_puts(&n->out, ", \"description\": \"optional\"");
	buf_puts(&n->out, " }");
}

/* The columns of the object ${f}; its lists get rules of their own. */
static void
write_columns(struct infer *n, const struct field *f, const struct place *at)
{
	struct place below;
	size_t i;

	for (i = 0; i < f->nchild; i++) {
		const struct field *c = f->child[i];

		if (step_into(&below, at, c) == -1) {
			n->left_out++;
			continue;
		}
		if (sample_is_list(c))
			continue;
		if (sample_is_object(c) && c->nchild > 0)
			write_columns(n, c, &below);
		else
			write_column(n, c, &below, c->seen < f->objects);
	}
}

/* Is there a table of this name already? */
static bool
is_table_taken(const struct infer *n, const char *name)
{
	char member[60];
	int len = snprintf(member, sizeof(member), "\"%s\":", name);

	return (n->tables.len > 0 && memmem(n->tables.data, n->tables.len,
	    member, (size_t)len) != NULL);
}

/* "records_det_items": letters, digits and _ only, at most 50. */
static void
make_table_name(const struct infer *n, char out[51], const char *table,
    const struct field *f)
{
	size_t i, at = (size_t)snprintf(out, 51, "%.30s_", table);
	int more;

	for (i = 0; i < f->len && at < 44; i++)
		out[at++] = isalnum((unsigned char)f->key[i]) ?
		    (char)tolower((unsigned char)f->key[i]) : '_';
	out[at] = '\0';
	for (more = 2; is_table_taken(n, out) && more < 10000; more++)
		snprintf(out + at, 51 - at, "_%d", more);
}

static void
add_table(struct infer *n, const char *name)
{

	if (n->tables.len > 0)
		buf_puts(&n->tables, ",");
	buf_printf(&n->tables, "\n\t\t\"%s\": { \"families\": { \"f\": "
	    "{ \"gc\": { \"versions\": 1 } } } }", name);
}

/* The for_each of a rule and the end of its key, by level. */
struct chain {
	char each[MAX_LEVELS][MAX_PATH];
	int depth;
};

static void
begin_rule(struct infer *n, const char *name, const struct chain *c)
{
	struct buf key;
	int i, up;

	buf_puts(&n->out, n->rules++ == 0 ? "\n" : ",\n");
	buf_printf(&n->out, "\t\t{\n\t\t\t\"table\": \"%s\",\n", name);
	buf_init(&key, MAX_TEXT);
	buf_append(&key, n->key.data, n->key.len);
	if (c->depth > 0)
		buf_puts(&n->out, "\t\t\t\"for_each\": [");
	for (i = 0; i < c->depth; i++) {
		if (i > 0)
			buf_puts(&n->out, ", ");
		jsonw_cstring(&n->out, c->each[i]);
		buf_puts(&key, "#{");
		for (up = i + 1; up < c->depth; up++)
			buf_puts(&key, "../");
		buf_puts(&key, "#|pad:4}");
	}
	buf_puts(&n->out, c->depth > 0 ? "],\n\t\t\t\"key\": " :
	    "\t\t\t\"key\": ");
	jsonw_string(&n->out, key.data, key.len);
	n->out.failed |= key.failed;
	buf_free(&key);
	buf_puts(&n->out, ",\n\t\t\t\"cells\": {\n\t\t\t\t\"f\": {");
	n->first = true;
	n->row = n->out.len;
	add_table(n, name);
}

static void
end_rule(struct infer *n)
{

	buf_puts(&n->out, "\n\t\t\t\t}\n\t\t\t}\n\t\t}");
}

static void write_rules(struct infer *n, const struct field *f,
    const char *name, const struct chain *c);

/* Rules for the lists in object ${f}, which stands at ${at}. */
static void
write_list_rules(struct infer *n, const struct field *f, const struct place *at,
    const char *name, const struct chain *c)
{
	struct place below;
	struct chain next;
	char inner[51];
	size_t i;

	for (i = 0; i < f->nchild; i++) {
		if (step_into(&below, at, f->child[i]) == -1)
			continue;
		if (sample_is_object(f->child[i]))
			write_list_rules(n, f->child[i], &below, name, c);
		if (!sample_is_list(f->child[i]) || c->depth == MAX_LEVELS)
			continue;
		next = *c;
		(void)stpcpy(next.each[next.depth++], below.ref);
		make_table_name(n, inner, name, f->child[i]);
		write_rules(n, f->child[i]->item, inner, &next);
	}
}

/* A rule for ${f}, the record or the item of a list, and those below it. */
static void
write_rules(struct infer *n, const struct field *f, const char *name,
    const struct chain *c)
{
	struct place at = { .ref = "", .name = "" };

	if (c->depth > 0)
		(void)stpcpy(at.ref, ".");
	begin_rule(n, name, c);
	write_columns(n, f, &at);
	if (n->first) { /* nothing but lists: a row needs a cell */
		begin_column(n, "_record");
		buf_puts(&n->out, "\"$record\"");
	}
	end_rule(n);
	write_list_rules(n, f, &at, name, c);
}

static int
write_mapping(struct infer *n, const struct field *root, struct err *e)
{
	struct place at = { .ref = "", .name = "" };
	struct chain c = { .depth = 0 };
	struct buf all;
	int rc;

	find_key_field(n, root, &at, 0);
	if (n->best == NULL)
		buf_puts(&n->key, "{$record|pad:12}");
	write_rules(n, root, TABLE, &c);
	buf_init(&all, 2 * MAX_TEXT);
	buf_printf(&all, "{\n\t\"nf_mapping\": 1,\n\t\"description\": "
	    "\"Made from a sample of %" PRIu64 " records: read it, name tables, "
	    "families and columns, and mind the key.\",\n",
	    n->records);
	if (n->zoneless)
		buf_puts(&all, "\t\"zone\": \"America/Sao_Paulo\",\n");
	buf_puts(&all, "\t\"tables\": {");
	buf_append(&all, n->tables.data, n->tables.len);
	buf_puts(&all, "\n\t},\n\t\"rules\": [");
	buf_append(&all, n->out.data, n->out.len);
	buf_puts(&all, "\n\t]\n}\n");
	rc = all.failed || n->out.failed || n->key.failed || n->tables.failed ?
	    err_nomem(e) : io_write(1, all.data, all.len, e);
	buf_free(&all);
	if (rc == 0 && n->left_out > 0)
		msg_log(MSG_WARNING, "left_out", "%d fields are left out: "
		    "their names are too long or have a NUL", n->left_out);
	return (rc);
}

static int
read_sample(struct infer *n, struct field *root, struct stream *in,
    struct app *app, struct err *e)
{
	struct stream_item i;
	struct scan s;
	int rc = 0;

	scan_init(&s);
	while (rc == 0 && n->records < MAX_RECORDS) {
		if ((rc = stream_read(in, &i, e)) == -1 || i.kind == STREAM_EOF)
			break;
		if (i.kind != STREAM_RECORD)
			continue;
		if ((rc = scan_text(&s, i.line, i.len, e)) == -1)
			err_prefix(e, "line %" PRIu64, i.number);
		else
			rc = sample_add(root, &s, e);
		n->records++;
	}
	scan_free(&s);
	app->stats.records_in = n->records;
	if (rc == 0 && (n->records == 0 || !sample_is_object(root)))
		rc = err_set(e, ERR_DATA, "a mapping needs a sample of records "
		    "that are objects");
	return (rc == 0 ? sample_settle(root, e) : -1);
}

int
infer_stream(struct app *app, const struct options *o, struct err *e)
{
	struct infer n = { .score = 0 };
	struct field *root = sample_new();
	struct stream *in = NULL;
	int rc = -1;

	buf_init(&n.out, MAX_TEXT);
	buf_init(&n.tables, MAX_TEXT);
	buf_init(&n.key, 2 * MAX_PATH);
	if (root == NULL)
		rc = err_nomem(e);
	else if ((in = stream_open(0, o->max_line, e)) != NULL &&
	    read_sample(&n, root, in, app, e) == 0)
		rc = write_mapping(&n, root, e);
	stream_free(in);
	sample_free(root);
	buf_free(&n.out);
	buf_free(&n.tables);
	buf_free(&n.key);
	return (rc);
}

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
#define MAX_WORD 24
/* The smallest meaningful sample, in records. */
#define ENOUGH 30
/* A name with at least this score leaves little doubt. */
#define SURE 45

/* Marks the name of a column; no text in a mapping contains this. */
#define COLUMN "\n\t\t\t\t\t"

/* The table of the records; those of their lists are named after it. */
#define TABLE "records"

struct infer {
	struct buf out;
	struct buf tables;   /* the members of "tables" */
	struct buf key;      /* template of the record's key, without quotes */
	const struct field *best; /* the key is this field */
	int score;
	char why[MAX_WORD];  /* the word of its name that says so */
	bool zoneless;
	bool first;          /* no column of this row yet */
	size_t row;          /* the start of its columns in ${out} */
	int left_out;        /* fields that no reference can name */
	int rules;
	uint64_t records;
};

/* A place in the tree: its reference and the name of its columns. */
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
	    memchr(f->key, '\0', f->len) != NULL ||
	    strcmp(f->key, "*") == 0 || (f->len >= 3 &&
	    strcmp(f->key + f->len - 3, "[*]") == 0))
		return (-1);
	p = stpcpy(p, from->ref);
	q = stpcpy(q, from->name);
	*p++ = '/';
	if (*from->name != '\0')
		*q++ = '.';
	for (i = 0; i < f->len; i++) {
		const char *special = strchr("~/|}", f->key[i]);

		if (f->key[i] == ' ' && (i == 0 || i + 1 == f->len)) {
			*p++ = '~';
			*p++ = '4';
		} else if (special != NULL) {
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

/* Words of names, in lower case without accents, and their scores. */
struct word {
	const char *word;
	int score;
};

/* Words that identify a record. */
static const struct word good_words[] = { { "chave", 60 }, { "uuid", 60 },
	{ "guid", 60 }, { "ch", 50 }, { "key", 50 }, { "id", 50 },
	{ "protocolo", 35 }, { "numero", 30 }, { "number", 30 }, { "num", 30 },
	{ "nro", 30 }, { "nr", 30 }, { "n", 25 }, { "codigo", 20 },
	{ "code", 20 }, { "cod", 20 }, { NULL, 0 } };

/* Those that do not: amounts, quantities, places, names, other objects. */
static const struct word other_words[] = { { "valor", 0 }, { "vlr", 0 },
	{ "vl", 0 }, { "value", 0 }, { "total", 0 }, { "amount", 0 },
	{ "preco", 0 }, { "price", 0 }, { "desconto", 0 }, { "discount", 0 },
	{ "saldo", 0 }, { "balance", 0 }, { "quantidade", 0 }, { "qtd", 0 },
	{ "qtde", 0 }, { "quantity", 0 }, { "qty", 0 }, { "count", 0 },
	{ "peso", 0 }, { "weight", 0 }, { "taxa", 0 }, { "rate", 0 },
	{ "imposto", 0 }, { "tax", 0 }, { "frete", 0 }, { "freight", 0 },
	{ "juros", 0 }, { "multa", 0 }, { "aliquota", 0 }, { "percentual", 0 },
	{ "idade", 0 }, { "age", 0 }, { "cidade", 0 }, { "city", 0 },
	{ "municipio", 0 }, { "uf", 0 }, { "estado", 0 }, { "state", 0 },
	{ "pais", 0 }, { "country", 0 }, { "bairro", 0 }, { "endereco", 0 },
	{ "address", 0 }, { "rua", 0 }, { "logradouro", 0 }, { "lgr", 0 },
	{ "cep", 0 }, { "zip", 0 }, { "nome", 0 }, { "name", 0 },
	{ "razao", 0 }, { "fantasia", 0 }, { "descricao", 0 },
	{ "description", 0 }, { "desc", 0 }, { "titulo", 0 }, { "title", 0 },
	{ "obs", 0 }, { "status", 0 }, { "situacao", 0 }, { "tipo", 0 },
	{ "type", 0 }, { "kind", 0 }, { "serie", 0 }, { "series", 0 },
	{ "modelo", 0 }, { "model", 0 }, { "email", 0 }, { "mail", 0 },
	{ "telefone", 0 }, { "fone", 0 }, { "phone", 0 }, { "celular", 0 },
	{ "data", 0 }, { "date", 0 }, { "dt", 0 }, { "dh", 0 }, { "hora", 0 },
	{ "time", 0 }, { "validade", 0 }, { "vencimento", 0 }, { "due", 0 },
	{ "cliente", 0 }, { "customer", 0 }, { "client", 0 }, { "dest", 0 },
	{ "destinatario", 0 }, { "toma", 0 }, { "tomador", 0 },
	{ "emit", 0 }, { "emitente", 0 }, { "prestador", 0 }, { "prest", 0 },
	{ "fornecedor", 0 }, { "supplier", 0 }, { "vendor", 0 },
	{ "vendedor", 0 }, { "seller", 0 }, { "buyer", 0 }, { "user", 0 },
	{ "usuario", 0 }, { "empresa", 0 }, { "company", 0 }, { "loja", 0 },
	{ "store", 0 }, { "produto", 0 }, { "product", 0 }, { "sku", 0 },
	{ "item", 0 }, { "categoria", 0 }, { "category", 0 }, { "conta", 0 },
	{ "account", 0 }, { "banco", 0 }, { "bank", 0 }, { "parent", 0 },
	{ "pai", 0 }, { "cnpj", 0 }, { "cpf", 0 }, { "ie", 0 }, { "im", 0 },
	{ "orgao", 0 }, { "parcela", 0 }, { "installment", 0 }, { "page", 0 },
	{ "pagina", 0 }, { "versao", 0 }, { "version", 0 }, { NULL, 0 } };

static bool
is_upper(char c)
{

	return (c >= 'A' && c <= 'Z');
}

static bool
is_letter(char c)
{

	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Take the next word of the name at *${p}: letters up to a capital that
 * follows a small letter or precedes one ("NFeID" is N, Fe, ID).  False at the
 * end.
 */
static bool
take_name_word(const char **p, char out[MAX_WORD])
{
	const char *s = *p;
	size_t n = 0;

	while (*s != '\0' && !is_letter(*s))
		s++;
	for (; is_letter(*s); s++) {
		if (n > 0 && is_upper(*s) && (!is_upper(s[-1]) ||
		    (is_letter(s[1]) && !is_upper(s[1]))))
			break;
		if (n < MAX_WORD - 1)
			out[n++] = (char)(*s | 0x20);
	}
	out[n] = '\0';
	*p = s;
	return (n > 0);
}

/* The score of ${word} in ${words}; -1 if it is not in the list. */
static int
find_name_word(const struct word *words, const char *word)
{

	for (; words->word != NULL; words++)
		if (strcmp(words->word, word) == 0)
			return (words->score);
	return (-1);
}

/*
 * Return how well a name fits an identifier of the record, 0: not at all.
 * Store in ${why} the word that decided.
 */
static int
score_name(const char *key, char why[MAX_WORD])
{
	char word[MAX_WORD];
	int best = 0, score;

	while (take_name_word(&key, word)) {
		if (find_name_word(other_words, word) != -1)
			return (0);
		if ((score = find_name_word(good_words, word)) > best) {
			best = score;
			memcpy(why, word, sizeof(word));
		}
	}
	return (best);
}

/* Is an object of this name one that several records share? */
static bool
is_of_others(const char *key)
{
	char word[MAX_WORD];

	while (take_name_word(&key, word))
		if (find_name_word(other_words, word) != -1)
			return (true);
	return (false);
}

/* Can the values of ${f} be keys: present, short, unique, no amounts? */
static bool
can_be_key(const struct infer *n, const struct field *f)
{

	return (sample_is_scalar(f) && f->seen == n->records &&
	    !f->repeated && !f->decimals && !f->amounts && !f->dates &&
	    !f->blanks && f->longest > 0 && f->longest <= 128);
}

/* Find the field that identifies records best. */
static void
find_key_field(struct infer *n, const struct field *f, const struct place *at,
    int depth)
{
	char why[MAX_WORD] = "";
	struct place below;
	size_t i;
	int score;

	for (i = 0; i < f->nchild; i++) {
		const struct field *c = f->child[i];

		if (step_into(&below, at, c) == -1)
			continue;
		score = score_name(c->key, why);
		if (sample_is_object(c) && depth < MAX_LEVELS &&
		    !is_of_others(c->key))
			find_key_field(n, c, &below, depth + 1);
		if (!can_be_key(n, c) || score == 0 ||
		    (score -= depth) <= n->score)
			continue;
		n->score = score;
		n->best = c;
		memcpy(n->why, why, sizeof(n->why));
		buf_reset(&n->key);
		buf_printf(&n->key, c->integers && c->longest <= 18 &&
		    c->kinds == 1U << SCAN_NUMBER ? c->longest < 10 ?
		    "{%s|pad:10}" : "{%s|pad:20}" : "{%s}", below.ref);
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

/* One column; "seldom" means that the field is sometimes absent. */
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
		type = f->days ? "date\", \"to\": \"day" : "date";
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

/* The columns of the object ${f}; its lists get separate rules. */
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

/* The reason for the key, and how certain it is. */
static void
put_reason(struct infer *n, const struct chain *c)
{

	if (c->depth > 0) {
		buf_puts(&n->out, "\t\t\t\"empty\": \"skip\",\n");
		return;
	}
	if (n->best == NULL)
		buf_puts(&n->out, "\t\t\t\"description\": \"The key is the "
		    "number of the record in the run: no member identifies "
		    "records for sure. Another run overwrites its rows: choose "
		    "a key.\",\n");
	else
		buf_printf(&n->out, "\t\t\t\"description\": \"The key is "
		    "%s: its name has the word '%s', and it is there and "
		    "different in each of %" PRIu64 " records%s.\",\n",
		    n->score >= SURE && n->records >= ENOUGH ? "sure" :
		    n->score >= SURE || n->records >= ENOUGH ? "likely" :
		    "a guess", n->why, n->records, n->records >= ENOUGH ? "" :
		    ", which are few");
}

static void
begin_rule(struct infer *n, const char *name, const struct chain *c)
{
	struct buf key;
	int i, up;

	buf_puts(&n->out, n->rules++ == 0 ? "\n" : ",\n");
	buf_printf(&n->out, "\t\t{\n\t\t\t\"table\": \"%s\",\n", name);
	put_reason(n, c);
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

/* Rules for the lists in object ${f}, which is at ${at}. */
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
	/* A row needs a cell, even if all others are null. */
	if (c->depth == 0 ? n->best == NULL : n->first) {
		begin_column(n, "_record");
		buf_puts(&n->out, "\"$record\"");
	}
	end_rule(n);
	write_list_rules(n, f, &at, name, c);
}

static void
log_key(const struct infer *n)
{

	if (n->best == NULL)
		msg_log(MSG_WARNING, "inferred_key", "no member certainly "
		    "identifies a record: the key is the number of the record "
		    "in the run, so another run overwrites its rows");
	else
		msg_log(n->records < ENOUGH ? MSG_WARNING : MSG_INFO,
		    "inferred_key", "the key is %.*s: '%s' in its name, "
		    "and different in each of %" PRIu64 " records%s",
		    (int)n->key.len, (const char *)n->key.data, n->why, n->records,
		    n->records < ENOUGH ? ", which are few" : "");
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
	log_key(n);
	write_rules(n, root, TABLE, &c);
	buf_init(&all, 2 * MAX_TEXT);
	buf_printf(&all, "{\n\t\"nf_mapping\": 1,\n\t\"description\": "
	    "\"Made from a sample of %" PRIu64 " records: read it, name "
	    "tables, "
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
		rc = err_set(e, ERR_DATA, "a mapping needs records that are "
		    "JSON objects, one per line; nf-fetch FILE converts a JSON "
		    "array to them");
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

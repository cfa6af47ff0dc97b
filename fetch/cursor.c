/* SPDX-License-Identifier: Apache-2.0 */
#include "cursor.h"

#include <string.h>

#include "counts.h"
#include "fetch/source/spec.h"
#include "fetch/source/window.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/json/jload.h"
#include "lib/json/jsonw.h"
#include "paginate.h"

/* AUTO and LINK walk alike, so they share cursors. */
static const char *
type_name(const struct paginate_spec *spec)
{

	return (spec_paginate_types[spec->type == PAGINATE_AUTO ? PAGINATE_LINK
	    :
	    spec->type]);
}

/* Append count ${v}, if it is known. */
static void
write_count(struct buf *out, const char *name, uint64_t v)
{

	if (v != COUNTS_UNKNOWN)
		jsonw_u64(out, name, v);
}

/* The claim of the API: how many, and where it says so. */
static void
write_claim(struct buf *out, const char *name, uint64_t v, const char *where,
    const char *place)
{

	write_count(out, name, v);
	if (v != COUNTS_UNKNOWN && place[0] != '\0')
		jsonw_str(out, where, place);
}

void
cursor_write(const struct paginate_spec *spec, const struct paginate_pos *p,
    const struct counts *t, struct buf *out)
{
	const struct counts_past *past = &t->past;
	char day[WINDOW_TEXT];

	buf_putc(out, '{');
	jsonw_str(out, "type", type_name(spec));
	if (p->windows && window_mark(p->times, p->window, day) == 0)
		jsonw_str(out, "window", day);
	if (p->text.len > 0 && !p->first) {
		jsonw_member(out, "text");
		jsonw_string(out, p->text.data, p->text.len);
		if (p->json)
			jsonw_bool(out, "json", true);
	} else if (!p->first) {
		jsonw_u64(out, "number", p->number);
	}
	jsonw_u64(out, "records", past->records);
	jsonw_u64(out, "pages", past->pages);
	if (p->windows && !p->first)
		write_count(out, "walked", past->walked);
	write_count(out, "total", past->total);
	write_count(out, "total_pages", past->total_pages);
	write_count(out, "walked_pages", past->walked_pages);
	write_claim(out, "claimed", past->claimed, "claimed_at", t->claim);
	if (past->claimed != COUNTS_UNKNOWN)
		jsonw_bool(out, "sure", t->claim_sure);
	write_claim(out, "claimed_pages", past->claimed_pages,
	    "claimed_pages_at", t->claim_pages);
	if (past->windows)
		proof_write(&past->proof, out);
	buf_putc(out, '}');
}

bool
cursor_lasts(const struct paginate_pos *p)
{

	return (p->text.len == 0 ||
	    (memchr(p->text.data, '\0', p->text.len) == NULL &&
	    utf8_valid(p->text.data, p->text.len)));
}

static int
reject_cursor(struct err *e, const char *why)
{

	return (err_set_code(e, ERR_CONFIG, "bad_cursor", "--resume: %s",
	    why));
}

/* The count ${name} of ${doc}, or ${none}. */
static uint64_t
read_past_count(const json_t *doc, const char *name, uint64_t none)
{
	json_int_t n = json_integer_value(json_object_get(doc, name));

	if (json_object_get(doc, name) == NULL)
		return (none);
	return (n < 0 ? COUNTS_UNKNOWN : (uint64_t)n);
}

/* The place of a claim; a text that is too long is not ours. */
static void
read_claim_place(const json_t *doc, const char *name, char place[SIGNS_PLACE])
{
	const char *text = json_string_value(json_object_get(doc, name));

	if (text != NULL && strlen(text) < SIGNS_PLACE)
		memcpy(place, text, strlen(text) + 1);
}

/* The proof of the windows before; a cursor of an older version has none. */
static void
read_past_proof(const json_t *doc, struct counts_past *past)
{
	const json_t *p = json_object_get(doc, "proof");
	const char *by = json_string_value(json_object_get(p, "by"));
	int i;

	past->proof.by = PROOF_NONE;
	for (i = PROOF_TOTAL; by != NULL && proof_names[i] != NULL; i++)
		if (strcmp(proof_names[i], by) == 0)
			past->proof.by = (enum proof_by)i;
	past->proof.claimed = read_past_count(p, "claimed", PROOF_UNCLAIMED);
	if (json_is_null(json_object_get(p, "claimed")))
		past->proof.claimed = PROOF_UNCLAIMED;
	past->proof.walked = read_past_count(p, "walked", 0);
}

static void
read_past(const json_t *doc, const struct paginate_pos *p, struct counts *t)
{
	struct counts_past *past = &t->past;

	past->records = read_past_count(doc, "records", 0);
	past->pages = read_past_count(doc, "pages", 0);
	past->walked = p->first ? 0 : read_past_count(doc, "walked",
	    p->windows ? COUNTS_UNKNOWN : past->records);
	past->total = read_past_count(doc, "total",
	    read_past_count(doc, "total_records", COUNTS_UNKNOWN));
	past->total_pages = read_past_count(doc, "total_pages", COUNTS_UNKNOWN);
	past->current = json_object_get(doc, "walked_pages") != NULL;
	past->walked_pages = read_past_count(doc, "walked_pages", p->first ? 0 :
	    p->windows ? COUNTS_UNKNOWN : past->pages);
	past->claimed = read_past_count(doc, "claimed", COUNTS_UNKNOWN);
	past->claimed_pages = read_past_count(doc, "claimed_pages",
	    COUNTS_UNKNOWN);
	t->claim_sure = json_is_true(json_object_get(doc, "sure"));
	read_claim_place(doc, "claimed_at", t->claim);
	read_claim_place(doc, "claimed_pages_at", t->claim_pages);
	past->windows = json_object_get(doc, "proof") != NULL ||
	    (p->windows && !past->current && past->pages > 0);
	if (past->windows)
		read_past_proof(doc, past);
}

int
cursor_read(const struct paginate_spec *spec, const char *text,
    struct paginate_pos *p, struct counts *t, struct err *e)
{
	json_t *doc = jload_bytes(text, strlen(text), JSON_REJECT_DUPLICATES,
	    NULL, e);
	const char *type, *s, *day;
	json_int_t n, count;
	int rc = 0;

	type = json_string_value(json_object_get(doc, "type"));
	s = json_string_value(json_object_get(doc, "text"));
	day = json_string_value(json_object_get(doc, "window"));
	n = json_integer_value(json_object_get(doc, "number"));
	count = json_integer_value(json_object_get(doc, "records"));
	if (doc == NULL && e->class != ERR_NONE)
		rc = -1;
	else if (type == NULL || n < 0 || count < 0)
		rc = reject_cursor(e, "not a cursor of nf-fetch");
	else if (strcmp(type, type_name(spec)) != 0)
		rc = reject_cursor(e, "a cursor of another kind of pagination");
	else if ((day != NULL) != p->windows ||
	    (day != NULL && window_mark_read(p->times, day, &p->window) == -1))
		rc = reject_cursor(e, "a cursor of other date windows");
	if (rc == 0 && s != NULL) {
		buf_reset(&p->text);
		p->json = json_is_true(json_object_get(doc, "json"));
		if (buf_puts(&p->text, s) == -1)
			rc = reject_cursor(e, "the cursor is too long");
	}
	if (rc == 0) {
		p->first = s == NULL &&
		    json_object_get(doc, "number") == NULL;
		if (!p->first)
			p->number = (uint64_t)n;
		read_past(doc, p, t);
	}
	json_decref(doc);
	return (rc);
}

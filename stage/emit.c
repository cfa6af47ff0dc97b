/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "manifest.h"
#include "options.h"
#include "parts.h"
#include "reader.h"
#include "receipt.h"
#include "stage/store/store.h"

/* The parts of a chain that were found in a listing. */
struct look {
	const struct store *s;
	const struct parts *parts;
	bool *seen;
	bool moved; /* one has another generation */
};

static int
refuse_part(const struct look *l, size_t i, const char *what, struct err *e)
{
	struct receipt part;

	parts_get(l->parts, i, &part);
	return (err_set_code(e, ERR_DATA, "bad_part", "%s%s: %s",
	    store_uri(l->s), part.part, what));
}

static int
look_at_part(void *arg, const struct store_entry *entry, struct err *e)
{
	struct look *l = arg;
	char hash[PART_HASH];
	struct receipt part;
	uint64_t i;

	if (part_split_name(entry->name, &i, hash) == -1 ||
	    i >= l->parts->n)
		return (0);
	parts_get(l->parts, i, &part);
	if (strcmp(entry->name, part.part) != 0)
		return (0);
	if (!receipt_fits(&part, &entry->info))
		return (refuse_part(l, i, "not the size or CRC32C that was "
		    "recorded", e));
	l->moved |= entry->info.generation != part.generation;
	l->seen[i] = true;
	return (0);
}

/* Nobody reads the parts: check at least that all exist. */
static int
look_at_all(struct store *s, const struct parts *parts, struct err *e)
{
	struct look l = { .s = s, .parts = parts };
	size_t i, n = parts->n;
	int rc;

	if (n == 0)
		return (0);
	if ((l.seen = calloc(n, sizeof(*l.seen))) == NULL)
		return (err_nomem(e));
	rc = store_list(s, "part-", STORE_FLAT, look_at_part, &l, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (!l.seen[i])
			rc = refuse_part(&l, i, "it is missing", e);
	if (rc == 0 && l.moved)
		msg_log(MSG_WARNING, "other_generation", "%s: the "
		    "generations of parts differ from the recorded ones, as "
		    "after a copy or a restore; size and CRC32C match",
		    store_uri(s));
	free(l.seen);
	return (rc);
}

int
emit_parts(struct reader *r, struct store *s, const struct parts *parts,
    struct stream_out *out, struct err *e)
{
	struct receipt part;
	size_t i;
	int rc;

	if (out == NULL)
		return (look_at_all(s, parts, e));
	rc = reader_ahead(r, s, parts, 0, parts->n, e);
	for (i = 0; rc == 0 && i < parts->n; i++) {
		parts_get(parts, i, &part);
		rc = reader_part(r, s, &part, out, e);
	}
	reader_ahead_end(r);
	return (rc);
}

/*
 * Read the input to its end and compare.  The run is committed regardless of
 * the input, so only a signal is an error here.
 */
static int
drain_input(struct stream *in, struct stream_item *item,
    const struct manifest *m, struct err *e)
{
	const struct stream_begin *head = stream_head(in);
	struct part_totals got = { 0 };
	struct err cut = { .class = ERR_NONE };

	while (item->kind != STREAM_EOF) {
		if (item->kind == STREAM_RECORD)
			got.raw_size += item->len + 1;
		if (stream_read(in, item, &cut) == -1)
			break;
	}
	if (cut.class == ERR_SIGNAL) {
		*e = cut;
		return (-1);
	}
	got.records = stream_records(in);
	got.raw_crc32c = stream_crc32c(in);
	if (cut.class != ERR_NONE)
		msg_log(MSG_WARNING, "input_differs", "the run is already "
		    "committed; the input was not needed and is bad: %s",
		    cut.msg);
	else if (head != NULL && stream_begin_resumes(head))
		msg_log(MSG_INFO, "input_ignored", "the run is already "
		    "committed; the input begins in its middle and was not "
		    "compared");
	else if (!part_totals_equal(&got, &m->totals))
		msg_log(MSG_WARNING, "input_differs", "the run is already "
		    "committed with %" PRIu64 " records; the input has %" PRIu64
		    " others: new data needs a new run", m->totals.records,
		    got.records);
	return (0);
}

int
emit_up(struct store *s, const struct options *o, const struct manifest *m,
    struct reader *r, struct stream *in, struct stream_item *item,
    struct stream_out *out, struct err *e)
{

	if (emit_parts(r, s, &m->parts,
	    o->emit == EMIT_RECORDS ? out : NULL, e) == -1)
		return (-1);
	if (stream_out_flush(out, e) == -1 || drain_input(in, item, m, e) == -1)
		return (-1);
	return (emit_end(s, m, o, out, e));
}

int
emit_end(struct store *s, const struct manifest *m, const struct options *o,
    struct stream_out *out, struct err *e)
{

	if (o->emit == EMIT_MANIFEST)
		return (manifest_print(s, out->fd, e));
	return (stream_out_end(out, &m->proof, e));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_run.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "job.h"
#include "ledger.h"
#include "lib/base/buf.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "manifest.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "stage/store/store_json.h"

#define NOTES "_nf/note-"
#define MAX_NOTE ((size_t)256 << 10)
#define MAX_SHARE 1000000
#define MICROS 1000000

/* A successful share of a load or an audit, N of M. */
struct share {
	uint64_t n, m;
};

/* Reading the notes of a run. */
struct notes {
	const struct job *j;
	struct store *s;
	struct ledger_run *run;
	struct buf loads, audits; /* of struct share */
	bool loaded, audited;
};

static bool
is_text(const struct scan *s, uint32_t t, const char *key, const char *text)
{
	uint32_t m = scan_member(s, t, key, strlen(key));

	return (m != SCAN_NOT_FOUND && s->tok[m].kind == SCAN_STRING &&
	    scan_equals(s, m, text, strlen(text)));
}

static void
copy_text(const struct scan *s, uint32_t t, const char *key, char *out,
    size_t size)
{
	uint32_t m = scan_member(s, t, key, strlen(key));

	if (m == SCAN_NOT_FOUND || s->tok[m].kind != SCAN_STRING ||
	    s->tok[m].escaped || scan_len(s, m) >= size)
		return;
	memcpy(out, scan_ptr(s, m), scan_len(s, m));
	out[scan_len(s, m)] = '\0';
}

/* The share of the run that the note describes: "N/M", or all of it. */
static bool
read_note_share(const struct scan *s, struct share *share)
{
	char text[16] = "1/1";
	const char *p = text;

	copy_text(s, 0, "part", text, sizeof(text));
	return (number_next(&p, MAX_SHARE, &share->n) == 0 && *p++ == '/' &&
	    number_next(&p, MAX_SHARE, &share->m) == 0 && *p == '\0' &&
	    share->n >= 1 && share->n <= share->m);
}

/* Record a share; true if all shares of the run are now present. */
static bool
add_share(struct buf *shares, const struct share *share)
{
	const struct share *seen = (const void *)shares->data;
	size_t i, n = shares->len / sizeof(*seen);
	uint64_t have = 1;

	for (i = 0; i < n; i++) {
		if (seen[i].m == share->m && seen[i].n == share->n)
			return (false);
		have += seen[i].m == share->m;
	}
	buf_append(shares, share, sizeof(*share));
	return (have == share->m);
}

static void
add_rejects(struct ledger_run *r, const struct scan *s)
{
	uint32_t t = scan_member(s, 0, "stages", 6);
	uint64_t v;

	if (t != SCAN_NOT_FOUND)
		t = scan_member(s, t, "transform", 9);
	if (t != SCAN_NOT_FOUND)
		t = scan_member(s, t, "rejected", 8);
	if (t != SCAN_NOT_FOUND && number_u64(scan_ptr(s, t), scan_len(s, t),
	    INT64_MAX, &v) == 0)
		r->rejects += v;
}

static int
take_note(void *arg, const struct scan *s, struct err *e)
{
	struct notes *k = arg;
	struct share share;

	(void)e;
	if (!is_text(s, 0, "tool", "nf-pipeline"))
		return (0);
	copy_text(s, 0, "same_as", k->run->same_as, sizeof(k->run->same_as));
	if (!is_text(s, 0, "target", k->j->target) || !read_note_share(s,
	    &share))
		return (0);
	if (is_text(s, 0, "state", "audited") && add_share(&k->audits, &share))
		k->audited = true;
	if (!is_text(s, 0, "state", "loaded"))
		return (0);
	copy_text(s, 0, "mapping_hash", k->run->mapping,
	    sizeof(k->run->mapping));
	if (add_share(&k->loads, &share))
		k->loaded = true;
	if (share.m == 1)
		k->run->rejects = 0; /* of the last load */
	add_rejects(k->run, s);
	return (0);
}

/* A damaged or foreign object does not hide the others. */
static int
pass_over_damage(struct err *e)
{

	if (e->class != ERR_DATA)
		return (-1);
	msg_log(MSG_WARNING, "left_out", "left out of the ledger: %s", e->msg);
	err_clear(e);
	return (0);
}

static int
take_note_object(void *arg, const struct store_entry *entry, struct err *e)
{
	struct notes *k = arg;
	struct buf b;
	int rc;

	buf_init(&b, MAX_NOTE + 1);
	rc = store_json_get(k->s, entry->name, &b, take_note, k, e);
	buf_free(&b);
	return (rc == -1 ? pass_over_damage(e) : 0);
}

static int
read_notes(const struct job *j, struct store *s, struct ledger_run *r,
    struct err *e)
{
	struct notes k = { .j = j, .s = s, .run = r };
	int rc;

	buf_init(&k.loads, MAX_SHARE * sizeof(struct share));
	buf_init(&k.audits, MAX_SHARE * sizeof(struct share));
	rc = store_list(s, NOTES, STORE_FLAT, take_note_object, &k, e);
	/* The next window of a feed with a cursor continues from there. */
	if (rc == 0 && r->proof == PROOF_LIMIT &&
	    j->plan.every != JOB_CURSOR)
		r->state = LEDGER_PARTIAL;
	else if (rc == 0 && k.loaded)
		r->state = k.audited ? LEDGER_AUDITED : LEDGER_LOADED;
	buf_free(&k.loads);
	buf_free(&k.audits);
	return (rc);
}

/* Is it an instant other than ${t}? */
static bool
is_other_time(const char *text, int64_t t)
{
	struct dates_fields f;
	int64_t micros;

	return (text[0] != '\0' && dates_parse(text, strlen(text), NULL, &f) ==
	    0 && dates_micros(&f, &micros) == 0 && micros != t * MICROS);
}

/* Fill ${r} from run.json. */
static void
take_run_info(const struct job *j, const struct run_info *run,
    struct ledger_run *r)
{
	struct job_window later;

	r->state = LEDGER_BEGUN;
	r->start = run->start;
	memcpy(r->source, run->source, sizeof(r->source));
	if (j->plan.every == JOB_CURSOR)
		return;
	r->moved = is_other_time(run->from, r->window.from) ||
	    is_other_time(run->until, r->window.until);
	if (run->lookback[0] != '\0' &&
	    job_window_read(&j->plan, run->lookback, &later) == 0)
		r->lookback = later.from;
}

int
ledger_run_read(const struct job *j, struct store *s, struct ledger_run *r,
    struct err *e)
{
	struct run_info run;
	struct manifest m;
	int rc;

	manifest_init(&m);
	if ((rc = manifest_get(s, &m, e)) == 1) {
		take_run_info(j, &m.run, r);
		r->state = LEDGER_COMMITTED;
		r->end = m.end;
		r->records = m.totals.records;
		r->raw_size = m.totals.raw_size;
		r->raw_crc32c = m.totals.raw_crc32c;
		r->proof = m.proof.by;
		rc = read_notes(j, s, r, e) == -1 ? -1 : 1;
	} else if (rc == 0 && (rc = run_info_get(s, &run, e)) == 1) {
		take_run_info(j, &run, r);
	}
	manifest_fini(&m);
	/* It stays due until a person has checked it. */
	if (rc == -1 && pass_over_damage(e) == 0) {
		r->state = LEDGER_BEGUN;
		rc = 1;
	}
	return (rc);
}

int
ledger_run_name(const struct job *j, const char *name, size_t n,
    struct ledger_run *r)
{
	const char *dot;
	size_t length;

	memset(r, 0, sizeof(*r));
	r->revision = 1;
	if (n >= sizeof(r->name))
		return (-1);
	memcpy(r->name, name, n);
	dot = strstr(r->name, ".r");
	length = dot == NULL ? n : (size_t)(dot - r->name);
	if (length >= sizeof(r->label) || (dot != NULL &&
	    (dot[2] == '0' || number_read(dot + 2, 2, INT32_MAX,
	    &r->revision) == -1)))
		return (-1);
	memcpy(r->label, name, length);
	return (job_window_read(&j->plan, r->label, &r->window));
}

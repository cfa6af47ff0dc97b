/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sha256.h"
#include "lib/cli/app.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "manifest.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "stage/store/store_json.h"

#define PREFIX "_nf/note-"
#define NAME 64                        /* room for a full name */
#define MAX_NOTE ((size_t)256 << 10)
#define MAX_NAMES ((size_t)64 << 20)   /* a million notes */

/* Does b hold a note: an object on one line, without the newline? */
static int
check_note(struct buf *b, struct err *e)
{
	struct scan s;
	int rc;

	while (b->len > 0 && b->data[b->len - 1] == '\n')
		b->len--;
	scan_init(&s);
	if ((rc = scan_text(&s, b->data, b->len, e)) == 0 &&
	    (s.tok[0].kind != SCAN_OBJECT ||
	    memchr(b->data, '\n', b->len) != NULL))
		rc = err_set_code(e, ERR_DATA, "bad_note", "a note is one "
		    "JSON object on one line");
	scan_free(&s);
	return (rc);
}

static int
read_note(struct buf *b, struct err *e)
{

	msg_reading(STDIN_FILENO, "a JSON object");
	if (io_slurp("-", MAX_NOTE, b, e) == -1)
		return (-1);
	return (check_note(b, e) == -1 ? err_prefix(e, "stdin") : 0);
}

/* A name that sorts by time, and that differs for different notes. */
static int
name_note(const struct buf *b, char name[NAME], struct err *e)
{
	char hex[SHA256_HEX];
	struct sha256 *h;
	int rc;

	if ((h = sha256_new(e)) == NULL)
		return (-1);
	sha256_update(h, b->data, b->len);
	rc = sha256_end(h, hex, e);
	sha256_free(h);
	snprintf(name, NAME, PREFIX "%016" PRId64 "-%.16s.json",
	    clock_micros(), hex);
	return (rc);
}

int
cmd_note(struct store *s, const struct options *o, struct app *app)
{
	struct err *e = &app->err;
	char name[NAME];
	struct buf b;
	int rc = -1;

	(void)o;
	buf_init(&b, MAX_NOTE + 1);
	if (read_note(&b, e) == 0 && name_note(&b, name, e) == 0) {
		/* If it already exists, a response was lost. */
		rc = store_json_put(s, name, &b, e) == -1 ? -1 : 0;
		app->stats.records_in = rc == 0;
		app->stats.bytes_in = b.len;
	}
	buf_free(&b);
	return (rc);
}

static int
collect_note_name(void *arg, const struct store_entry *entry, struct err *e)
{
	char name[NAME] = "";

	if (strlen(entry->name) >= NAME)
		return (0); /* not created by us */
	memcpy(name, entry->name, strlen(entry->name));
	return (buf_append(arg, name, NAME) == -1 ? err_nomem(e) : 0);
}

static int
compare_note_names(const void *a, const void *b)
{

	return (strcmp(a, b));
}

/*
 * Write a note as a line.  Other programs may have stored objects there that
 * are not notes; these do not hide the others.
 */
static int
write_note(struct store *s, const char *name, struct app *app)
{
	struct err *e = &app->err;
	struct buf b;
	int rc;

	buf_init(&b, MAX_NOTE + 1);
	if ((rc = store_slurp(s, name, &b, e)) == 1 &&
	    check_note(&b, e) == -1)
		rc = err_prefix(e, "%s%s", store_uri(s), name);
	if (rc == -1 && e->class == ERR_DATA) {
		msg_log(MSG_WARNING, "left_out", "left out of the list: %s",
		    e->msg);
		err_clear(e);
		rc = 0;
	} else if (rc == 1) {
		rc = buf_putc(&b, '\n') == -1 ? err_nomem(e)
		    : io_write(STDOUT_FILENO, b.data, b.len, e);
		app->stats.records_out++;
		app->stats.bytes_out += b.len;
	}
	buf_free(&b);
	return (rc);
}

int
cmd_note_list(struct store *s, const struct options *o, struct app *app)
{
	struct store_info info;
	struct buf names;
	size_t i;
	int rc;

	(void)o;
	buf_init(&names, MAX_NAMES);
	rc = store_list(s, PREFIX, STORE_FLAT, collect_note_name, &names,
	    &app->err);
	if (rc == 0 && names.len == 0 && (rc = store_stat(s, RUN_INFO_NAME,
	    &info, &app->err)) != -1)
		rc = rc == 1 ? 0 : manifest_no_run(s, &app->err);
	if (rc == 0 && names.len > 0)
		qsort(names.data, names.len / NAME, NAME, compare_note_names);
	for (i = 0; rc == 0 && i < names.len; i += NAME)
		rc = write_note(s, (const char *)names.data + i, app);
	buf_free(&names);
	return (rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "upload.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/thread.h"
#include "lib/json/jsonw.h"
#include "part.h"
#include "reader.h"
#include "receipt.h"
#include "stage/store/spool.h"
#include "stage/store/store.h"

struct upload {
	struct store *store;
	struct reader *reader;
	struct buf meta;       /* from the caller */
	const struct part *part; /* in progress, or NULL */
	char before[PART_HASH];
	pthread_t thread;
	atomic_bool done;
	/* the thread's until it has ended */
	struct receipt receipt;
	struct err err;
	int rc;
};

struct upload *
upload_new(struct store *s, const char *meta, size_t max_line, struct err *e)
{
	struct upload *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	u->store = s;
	buf_init(&u->meta, (size_t)32 << 10);
	if (meta != NULL)
		buf_puts(&u->meta, meta);
	if ((u->reader = reader_new(max_line, e)) == NULL) {
		upload_free(u);
		return (NULL);
	}
	return (u);
}

void
upload_free(struct upload *u)
{
	struct receipt r;
	struct err ignored = { .class = ERR_NONE };

	if (u == NULL)
		return;
	if (u->part != NULL && upload_wait(u, &r, &ignored) == 0)
		receipt_fini(&r);
	reader_free(u->reader);
	buf_free(&u->meta);
	free(u);
}

/* Metadata that show people what a part contains without opening it. */
static void
add_part_meta(struct buf *b, const struct part *p)
{
	char text[32];
	struct buf n;

	buf_init(&n, 64);
	buf_printf(&n, "%" PRIu64, p->own.records);
	jsonw_str(b, "nf-records", buf_cstr(&n));
	buf_reset(&n);
	buf_printf(&n, "%" PRIu64, p->own.raw_size);
	jsonw_str(b, "nf-raw-size", buf_cstr(&n));
	crc32c_hex(p->own.raw_crc32c, text);
	jsonw_str(b, "nf-raw-crc32c", text);
	buf_free(&n);
}

/* Create the object of the part; 1, 0 if it already exists, -1. */
static int
create_part(struct upload *u, struct store_info *info, struct err *e)
{
	const struct part *p = u->part;
	struct store_body body = { .spool = p->spool, .size = p->size,
		.crc32c = p->crc32c };
	struct buf meta;
	int rc;

	body.type = p->form == PART_PLAIN ? "application/x-ndjson"
	    : "application/gzip";
	buf_init(&meta, (size_t)40 << 10);
	buf_putc(&meta, '{');
	if (u->meta.len > 0)
		buf_append(&meta, u->meta.data, u->meta.len);
	add_part_meta(&meta, p);
	buf_putc(&meta, '}');
	body.meta = buf_cstr(&meta);
	if (meta.failed || body.meta == NULL)
		rc = err_nomem(e);
	else
		rc = store_create(u->store, p->name, &body, info, e);
	buf_free(&meta);
	if (rc == 1 && (info->size != p->size || info->crc32c != p->crc32c))
		return (err_set_code(e, ERR_DATA, "bad_part", "%s%s: stored "
		    "with another size or CRC32C than was sent",
		    store_uri(u->store), p->name));
	return (rc);
}

/* An object of that name exists: read it back and compare its records. */
static int
adopt_part(struct upload *u, struct store_info *info, struct err *e)
{
	const struct part *p = u->part;
	struct reader_found found;
	int rc;

	if ((rc = store_stat(u->store, p->name, info, e)) == 1)
		rc = reader_object(u->reader, u->store, p->name, info, NULL,
		    &found, e);
	if (rc == 0)
		store_vanished(u->store, p->name, e);
	if (rc != 1)
		return (-1);
	if (!part_totals_equal(&found.own, &p->own))
		return (err_set_code(e, ERR_DATA, "bad_part", "%s%s: its "
		    "records do not match its name",
		    store_uri(u->store), p->name));
	info->size = found.size;
	info->crc32c = found.crc32c;
	return (0);
}

/*
 * The receipt exists, so the part that it describes should exist too.  A lost
 * part is stored again only if it becomes identical.
 */
static int
recheck_part(struct upload *u, struct err *e)
{
	const struct part *p = u->part;
	const struct receipt *r = &u->receipt;
	struct store_info info;
	char name[RECEIPT_NAME];
	int rc;

	rc = store_stat(u->store, r->part, &info, e);
	if (rc == 0 && r->size == p->size &&
	    r->crc32c == p->crc32c && strcmp(r->part, p->name) == 0 &&
	    (rc = create_part(u, &info, e)) == 0)
		rc = store_stat(u->store, r->part, &info, e);
	if (rc == -1 || (rc == 1 && receipt_fits(r, &info)))
		return (rc == -1 ? -1 : 0);
	receipt_name(name, r->index, r->hash);
	return (err_set_code(e, ERR_DATA, "bad_part", "%s%s: %s what its "
	    "receipt %s describes; remove that and put the run again",
	    store_uri(u->store), r->part, rc == 0 ? "missing, and cannot be "
	    "made" : "not", name));
}

/* Store it: use an existing receipt, else store the part, then its receipt. */
static int
upload_part_and_receipt(struct upload *u, struct err *e)
{
	const struct part *p = u->part;
	struct store_info info = { 0 };
	struct receipt old;
	int rc;

	rc = receipt_get(u->store, p->index, p->hash, &old, e);
	if (rc == -1 ||
	    receipt_init(&u->receipt, p, u->before, &info, e) == -1)
		return (-1);
	if (rc == 1) {
		rc = receipt_adopt(&u->receipt, &old, e);
		receipt_fini(&old);
		return (rc == -1 ? -1 : recheck_part(u, e));
	}
	if ((rc = create_part(u, &info, e)) == 0)
		rc = adopt_part(u, &info, e);
	if (rc == -1)
		return (-1);
	u->receipt.generation = info.generation;
	u->receipt.size = info.size;
	u->receipt.crc32c = info.crc32c;
	return (receipt_put(u->store, &u->receipt, e));
}

static void *
run_upload(void *arg)
{
	struct upload *u = arg;

	u->rc = upload_part_and_receipt(u, &u->err);
	atomic_store(&u->done, true);
	return (NULL);
}

int
upload_start(struct upload *u, const struct part *p, const char *before,
    struct err *e)
{

	assert(u->part == NULL); /* one at a time */
	assert((p->index == 0) == (before[0] == '\0'));
	u->part = p;
	memset(u->before, 0, sizeof(u->before));
	memcpy(u->before, before, strnlen(before, PART_HASH - 1));
	memset(&u->receipt, 0, sizeof(u->receipt));
	memset(&u->err, 0, sizeof(u->err));
	atomic_store(&u->done, false);
	if (thread_start(&u->thread, run_upload, u, e) == -1) {
		u->part = NULL;
		return (-1);
	}
	return (0);
}

const struct part *
upload_part(const struct upload *u)
{

	return (u->part);
}

bool
upload_done(struct upload *u)
{

	return (u->part != NULL && atomic_load(&u->done));
}

int
upload_wait(struct upload *u, struct receipt *r, struct err *e)
{

	assert(u->part != NULL);
	pthread_join(u->thread, NULL);
	u->part = NULL;
	if (u->rc == -1) {
		receipt_fini(&u->receipt);
		if (e->class == ERR_NONE)
			*e = u->err;
		return (-1);
	}
	*r = u->receipt;
	return (0);
}

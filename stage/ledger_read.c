/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_read.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "ledger.h"
#include "ledger_run.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/base/thread.h"
#include "stage/store/inner.h"
#include "stage/store/store.h"
#include "stage/store/store_open.h"

#define FIRST_RUNS 64
#define MAX_READERS 32
#define RUNS_A_READER 4 /* fewer do not justify a connection */

/* Reading the folder of a job. */
struct folder {
	const struct job *j;
	const struct job_window *span; /* NULL: all windows */
	const struct store_conf *conf;
	const char *uri; /* ends in "/" */
	struct ledger *l;
	size_t cap;
	atomic_size_t next; /* next run to read */
	atomic_bool failed; /* a reader has failed; the others stop */
};

/* A thread that reads runs. */
struct run_reader {
	struct folder *f;
	pthread_t thread;
	struct store_conf conf; /* as the folder's, with separate counts */
	uint64_t retried, throttled_ms;
	struct err err;
};

static int
grow_ledger(struct folder *f, struct err *e)
{
	size_t cap = f->cap == 0 ? FIRST_RUNS : f->cap * 2;
	struct ledger_run *run;

	if (f->l->n < f->cap)
		return (0);
	run = reallocarray(f->l->run, cap, sizeof(*run));
	if (run == NULL)
		return (err_nomem(e));
	f->l->run = run;
	f->cap = cap;
	return (0);
}

/* Note the name of a run of the job. */
static int
add_job_run(void *arg, const struct store_entry *entry, struct err *e)
{
	struct folder *f = arg;
	size_t n = strlen(entry->name);
	struct ledger_run *r;

	if (n == 0 || entry->name[n - 1] != '/')
		return (0);
	if (grow_ledger(f, e) == -1)
		return (-1);
	r = &f->l->run[f->l->n];
	if (ledger_run_name(f->j, entry->name, n - 1, r) == 0 &&
	    (f->span == NULL || (r->window.from >= f->span->from &&
	    r->window.until <= f->span->until)))
		f->l->n++; /* others are rejects or foreign objects */
	return (0);
}

/* Read one run after the other until none remains. */
static int
read_runs(struct run_reader *x, struct store *outer, struct err *e)
{
	struct folder *f = x->f;
	char folder[LEDGER_RUN + 1];
	struct store_inner inner;
	struct ledger_run *r;
	struct store *s;
	size_t i, n;
	int rc;

	while ((i = atomic_fetch_add(&f->next, 1)) < f->l->n &&
	    !atomic_load(&f->failed)) {
		r = &f->l->run[i];
		n = strlen(r->name);
		memcpy(folder, r->name, n);
		memcpy(folder + n, "/", 2);
		if (sig_check(e) == -1 ||
		    (s = inner_init(&inner, outer, folder, e)) == NULL ||
		    (rc = ledger_run_read(f->j, s, r, e)) == -1)
			return (-1);
		assert(rc == 1 || r->state == LEDGER_MISSING);
	}
	return (0);
}

static void *
run_reader(void *arg)
{
	struct run_reader *x = arg;
	struct store *s;

	s = store_open(x->f->uri, STORE_OPEN_PREFIX, &x->conf, &x->err);
	if (s == NULL || read_runs(x, s, &x->err) == -1)
		atomic_store(&x->f->failed, true);
	store_close(s);
	return (NULL);
}

/* Wait for the first ${n} readers: 0, or -1 with the error of one. */
static int
join_readers(struct folder *f, struct run_reader *x, size_t n, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		pthread_join(x[i].thread, NULL);
		if (f->conf->retried != NULL)
			*f->conf->retried += x[i].retried;
		if (f->conf->throttled_ms != NULL)
			*f->conf->throttled_ms += x[i].throttled_ms;
		if (x[i].err.class != ERR_NONE && e->class == ERR_NONE)
			*e = x[i].err;
	}
	return (e->class == ERR_NONE ? 0 : -1);
}

/* Read all runs whose names are known. */
static int
read_all_runs(struct folder *f, struct err *e)
{
	size_t n = f->l->n / RUNS_A_READER + 1, i;
	struct run_reader *x;
	int rc;

	if (n > MAX_READERS)
		n = MAX_READERS;
	if ((x = calloc(n, sizeof(*x))) == NULL)
		return (err_nomem(e));
	for (i = 0; i < n; i++) {
		x[i].f = f;
		x[i].conf = *f->conf;
		x[i].conf.retried = &x[i].retried;
		x[i].conf.throttled_ms = &x[i].throttled_ms;
		x[i].conf.metrics = NULL; /* not usable by several threads */
		if (thread_start(&x[i].thread, run_reader, &x[i], e) == -1)
			break;
	}
	/* With fewer it takes longer. */
	if (i > 0)
		err_clear(e);
	rc = i == 0 ? -1 : join_readers(f, x, i, e);
	free(x);
	return (rc);
}

/* Drop listed prefixes that are not runs. */
static void
drop_missing(struct ledger *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		if (l->run[i].state != LEDGER_MISSING)
			l->run[n++] = l->run[i];
	l->n = n;
}

static int
compare_runs(const void *pa, const void *pb)
{
	const struct ledger_run *a = pa, *b = pb;

	if (a->window.from != b->window.from)
		return (a->window.from < b->window.from ? -1 : 1);
	return (a->revision < b->revision ? -1 : a->revision > b->revision);
}

int
ledger_read(struct ledger *l, const struct job *j,
    const struct job_window *span, const struct store_conf *conf,
    struct err *e)
{
	struct folder f = { .j = j, .span = span, .conf = conf, .l = l };
	struct store *s = NULL;
	struct buf uri;
	int rc = -1;

	memset(l, 0, sizeof(*l));
	buf_init(&uri, 4 * STORE_MAX_NAME);
	buf_printf(&uri, "%s/%s/", j->stage, j->name);
	if ((f.uri = buf_cstr(&uri)) == NULL)
		err_nomem(e);
	else if ((s = store_open(f.uri, STORE_OPEN_PREFIX, conf, e)) != NULL)
		rc = store_list(s, "", STORE_FLAT, add_job_run, &f, e);
	store_close(s);
	if (rc == 0 && l->n > 0 && (rc = read_all_runs(&f, e)) == 0) {
		drop_missing(l);
		qsort(l->run, l->n, sizeof(*l->run), compare_runs);
	}
	buf_free(&uri);
	return (rc);
}

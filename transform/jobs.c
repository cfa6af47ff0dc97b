/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "lib/base/err.h"
#include "lib/base/thread.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "sink.h"

/*
 * The main thread reads, fills batches in a ring and passes on their results;
 * when it would have to wait, it runs a batch like the other threads.
 * ${given} is the number of batches given out, ${taken} that of batches taken
 * by a thread, ${written} that of batches passed on.  Batch i is ring[i %
 * size].  A batch belongs to the main thread, then to the one that took it,
 * then, once it is done, to the main thread again.
 */
struct jobs {
	struct sink *sink;
	struct stream *in;
	struct batch **ring;
	size_t size;
	uint64_t given, taken, written;
	bool stop;
	bool failed; /* passing on; nothing may follow */
	pthread_mutex_t lock;
	pthread_cond_t work; /* a batch was given out, or stop is set */
	pthread_cond_t done; /* a batch is done */
	struct machine *machine; /* the main thread's is the first */
	pthread_t *thread;
	unsigned nready, nthread;
};

struct worker {
	struct jobs *j;
	struct machine *m;
};

/* Run the next batch that no thread has taken; the lock is held. */
static void
run_next(struct jobs *j, struct machine *m)
{
	struct batch *b = j->ring[j->taken++ % j->size];

	assert(j->taken <= j->given);
	(void)pthread_mutex_unlock(&j->lock);
	batch_run(b, m);
	(void)pthread_mutex_lock(&j->lock);
	b->done = true;
}

static void *
run_worker(void *arg)
{
	struct worker w = *(struct worker *)arg;
	struct jobs *j = w.j;

	free(arg);
	(void)pthread_mutex_lock(&j->lock);
	for (;;) {
		while (!j->stop && j->taken == j->given)
			(void)pthread_cond_wait(&j->work, &j->lock);
		if (j->stop)
			break;
		run_next(j, w.m);
		(void)pthread_cond_signal(&j->done);
	}
	(void)pthread_mutex_unlock(&j->lock);
	return (NULL);
}

/*
 * Run batches until the oldest one is done, and pass on its results; records
 * for whose rows there was no room are run here.
 */
static int
write_oldest(struct jobs *j, struct err *e)
{
	struct batch *b = j->ring[j->written % j->size];

	(void)pthread_mutex_lock(&j->lock);
	while (!b->done)
		if (j->taken < j->given)
			run_next(j, &j->machine[0]);
		else
			(void)pthread_cond_wait(&j->done, &j->lock);
	(void)pthread_mutex_unlock(&j->lock);
	assert(j->written < j->given && j->given - j->written <= j->size);
	j->written++;
	j->failed = batch_write(b, j->sink, e) == -1;
	while (!j->failed && !batch_over(b)) {
		batch_run(b, &j->machine[0]);
		j->failed = batch_write(b, j->sink, e) == -1;
	}
	return (j->failed ? -1 : 0);
}

static int
write_all(struct jobs *j, struct err *e)
{

	while (j->written < j->given)
		if (write_oldest(j, e) == -1)
			return (-1);
	return (0);
}

/* The batch being filled; there is always a free one. */
static struct batch *
get_filling(struct jobs *j)
{

	return (j->ring[j->given % j->size]);
}

/* Give the batch to the workers and make room for the next. */
static int
give_batch(struct jobs *j, struct err *e)
{

	if (batch_empty(get_filling(j)))
		return (0);
	(void)pthread_mutex_lock(&j->lock);
	j->given++;
	(void)pthread_cond_signal(&j->work);
	(void)pthread_mutex_unlock(&j->lock);
	while (j->given - j->written >= j->size)
		if (write_oldest(j, e) == -1)
			return (-1);
	batch_reset(get_filling(j));
	return (0);
}

static int
start_threads(struct jobs *j, unsigned n, struct err *e)
{
	struct worker *w;
	unsigned i;

	for (i = 0; i < n; i++, j->nready++)
		if (machine_init(&j->machine[i], j->sink->prog, &j->sink->info,
		    e) == -1 || sink_attach(j->sink, &j->machine[i], e) == -1)
			return (-1);
	for (i = 1; i < n; i++, j->nthread++) {
		if ((w = malloc(sizeof(*w))) == NULL)
			return (err_nomem(e));
		w->j = j;
		w->m = &j->machine[i];
		if (thread_start(&j->thread[j->nthread], run_worker, w, e) ==
		    -1) {
			free(w);
			return (-1);
		}
	}
	return (0);
}

static int
take_item(struct jobs *j, const struct stream_item *i, unsigned n,
    struct err *e)
{
	struct batch *b = get_filling(j);

	if (j->nready == 0 && (sink_start(j->sink, j->in, e) == -1 ||
	    start_threads(j, n, e) == -1))
		return (-1);
	if (i->kind != STREAM_RECORD && i->kind != STREAM_MARK)
		return (0);
	if (batch_add(b, i, stream_place(j->in), e) == -1)
		return (-1);
	j->sink->app->stats.bytes_in = stream_bytes(j->in);
	progress_look(j->sink->app);
	return (batch_full(b) ? give_batch(j, e) : 0);
}

/* Would reading block? */
static bool
is_input_idle(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };

	return (poll(&p, 1, 0) == 0);
}

static int
read_batches(struct jobs *j, unsigned n, struct err *e)
{
	struct stream_item i;

	for (;;) {
		if (!stream_buffered(j->in) && is_input_idle() &&
		    (give_batch(j, e) == -1 || write_all(j, e) == -1 ||
		    stream_out_flush(&j->sink->out, e) == -1))
			return (-1);
		if (stream_read(j->in, &i, e) == -1 ||
		    take_item(j, &i, n, e) == -1)
			return (-1);
		if (i.kind == STREAM_EOF)
			return (0);
	}
}

/* Records before an error still count, and may fail first. */
static int
drain_batches(struct jobs *j, int rc, struct err *e)
{
	struct err before = { 0 };

	if (rc == -1 && e->class != ERR_DATA && e->class != ERR_TEMP)
		return (-1);
	if (j->failed)
		return (-1);
	if (give_batch(j, &before) == -1 || write_all(j, &before) == -1) {
		*e = before;
		return (-1);
	}
	return (rc);
}

static int
stop_threads(struct jobs *j, struct err *e)
{
	unsigned i;
	int rc = 0;

	(void)pthread_mutex_lock(&j->lock);
	j->stop = true;
	(void)pthread_cond_broadcast(&j->work);
	(void)pthread_mutex_unlock(&j->lock);
	for (i = 0; i < j->nthread; i++)
		(void)pthread_join(j->thread[i], NULL);
	for (i = 0; i < j->nready; i++) {
		if (sink_detach(j->sink, &j->machine[i], e) == -1)
			rc = -1;
		machine_fini(&j->machine[i]);
	}
	return (rc);
}

static int
make_ring(struct jobs *j, unsigned n, struct err *e)
{
	size_t i;

	j->size = (size_t)n + 2;
	j->ring = calloc(j->size, sizeof(struct batch *));
	j->machine = machine_memory(n, sizeof(*j->machine));
	j->thread = calloc(n, sizeof(*j->thread));
	if (j->ring == NULL || j->machine == NULL || j->thread == NULL)
		return (err_nomem(e));
	for (i = 0; i < j->size; i++)
		if ((j->ring[i] = batch_new(e)) == NULL)
			return (-1);
	return (0);
}

int
jobs_run(struct sink *sink, struct stream *in, unsigned n, struct err *e)
{
	struct jobs j = { .sink = sink, .in = in,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.work = PTHREAD_COND_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER };
	struct err late = { 0 };
	size_t i;
	int rc;

	if ((rc = make_ring(&j, n, e)) == 0) {
		rc = drain_batches(&j, read_batches(&j, n, e), e);
		if (stop_threads(&j, rc == 0 ? e : &late) == -1)
			rc = -1;
	}
	for (i = 0; j.ring != NULL && i < j.size; i++)
		batch_free(j.ring[i]);
	free(j.ring);
	free(j.machine);
	free(j.thread);
	return (rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_data.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jsonw.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "summary.h"

#define PROGRESS_MS 500
#define FIRST_MS    1000 /* shorter runs show no progress */
#define FILE_MS     1000
#define SAMPLE_MS   1000
#define MAX_PROGRESS ((size_t)1 << 20)
#define STRIDE      256  /* records between two readings of the clock */

/*
 * Progress is shown on a terminal, except if the data itself goes to the
 * terminal, or if another tool reads it: then that tool shows its progress
 * (-v shows that of all tools).
 */
static bool
is_watched(const struct app *a)
{
	struct stat st;

	if (!msg_is_terminal())
		return (false);
	if (a->silent)
		return (true);
	if (fstat(STDOUT_FILENO, &st) == -1 || isatty(STDOUT_FILENO))
		return (false);
	return (a->verbose > 0 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

/* The share of the work that is done, by records or by bytes; 0: unknown. */
static double
measure_share(const struct app *a)
{
	struct stat st;
	off_t at;

	if (a->expected > 0)
		return ((double)(a->stats.records_in > 0 ?
		    a->stats.records_in : a->stats.records_out) /
		    (double)a->expected);
	if (fstat(STDIN_FILENO, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size == 0 ||
	    (at = lseek(STDIN_FILENO, 0, SEEK_CUR)) == -1)
		return (0);
	return ((double)at / (double)st.st_size);
}

static void
show_progress(const struct app *a, double seconds)
{
	const struct app_stats *s = &a->stats;
	uint64_t n = s->records_in > 0 ? s->records_in : s->records_out;
	uint64_t bytes = s->bytes_in > 0 ? s->bytes_in : s->bytes_out;
	const char *in_name = a->verb->in, *out_name = a->verb->out;
	char in[48] = "", out[48] = "", size[32] = "", extra[96] = "";
	double done = measure_share(a), left;
	int used = 0;

	if (in_name != NULL)
		snprintf(in, sizeof(in), "%" PRIu64 " %s, ", s->records_in,
		    in_name);
	if (out_name != NULL && (in_name == NULL || s->records_out > 0))
		snprintf(out, sizeof(out), "%" PRIu64 " %s, ",
		    s->records_out, out_name);
	if (s->rejected > 0)
		used = snprintf(extra, sizeof(extra), ", %" PRIu64 " rejected",
		    s->rejected);
	if (s->retried > 0)
		used += snprintf(extra + used, sizeof(extra) - (size_t)used,
		    ", %" PRIu64 " retried", s->retried);
	if (done > 0 && done <= 1 && seconds >= 1) {
		left = seconds * (1 - done) / done;
		snprintf(extra + used, sizeof(extra) - (size_t)used,
		    ", %.0f%%, %" PRId64 ":%02" PRId64 " left", done * 100,
		    (int64_t)left / 60, (int64_t)left % 60);
	}
	if (bytes > 0)
		snprintf(size, sizeof(size), "%.1f MB, ",
		    (double)bytes / 1e6);
	msg_progress("%s%s%s%.0f/s%s", in, out, size, (double)n / seconds,
	    extra);
}

/*
 * The main thread makes the text, because it owns the numbers.  Any thread may
 * write it, together with the current wait.
 */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;

/* With the lock: the members of the summary as they are now. */
static void
renew_progress(struct app *a)
{

	a->filed = clock_mono_ms();
	buf_reset(&a->progress);
	summary_json(a, &a->progress);
}

/*
 * Replace the file with the content of ${b}, atomically, by a rename.  It need
 * not be durable.  If it is not a regular file, or is a link, use io_replace.
 */
static void
put_file(const char *path, const struct buf *b)
{
	char part[PATH_MAX];
	struct err ignored = { .class = ERR_NONE };
	struct stat st;
	int fd;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		(void)io_replace(path, b->data, b->len, &ignored);
		return;
	}
	if (snprintf(part, sizeof(part), "%s.part", path) >=
	    (int)sizeof(part) || (fd = open(part,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) == -1)
		return;
	if (io_write(fd, b->data, b->len, &ignored) == 0)
		(void)rename(part, path);
	(void)close(fd);
}

/* With the lock: write the file. */
static void
replace_file(struct app *a)
{
	char waits[600];
	struct buf b;

	buf_init(&b, MAX_PROGRESS);
	buf_append(&b, a->progress.data, a->progress.len);
	waiting_text(waits, sizeof(waits));
	if (waits[0] != '\0' && b.len > 0) {
		b.len--; /* the brace */
		jsonw_str(&b, "waiting", waits);
		buf_putc(&b, '}');
	}
	buf_putc(&b, '\n');
	if (!b.failed && !a->progress.failed)
		put_file(a->progress_file, &b);
	buf_free(&b);
}

static void
write_progress(struct app *a)
{

	pthread_mutex_lock(&writing);
	if (pthread_equal(pthread_self(), main_thread))
		renew_progress(a);
	replace_file(a);
	pthread_mutex_unlock(&writing);
}

static void
watch_wait(void *arg)
{

	write_progress(arg);
}

/* No input for a while: show the latest state. */
static void
show_idle(void *arg)
{

	if (pthread_equal(pthread_self(), main_thread))
		progress_now(arg);
}

void
progress_begin(struct app *a)
{

	main_thread = pthread_self();
	if (a->progress_file != NULL || msg_is_terminal())
		io_on_idle(show_idle, a);
	if (a->progress_file == NULL)
		return;
	buf_init(&a->progress, MAX_PROGRESS);
	write_progress(a);
	waiting_watch(watch_wait, a);
}

void
progress_end(struct app *a)
{

	io_on_idle(NULL, NULL);
	if (a->progress_file == NULL)
		return;
	write_progress(a);
	buf_free(&a->progress);
}

static void
halve_samples(struct app_samples *s)
{
	size_t i;

	for (i = 0; i < APP_SAMPLES / 2; i++)
		s->records[i] = s->records[2 * i + 1];
	s->n = APP_SAMPLES / 2;
	s->every_ms *= 2;
}

/*
 * Take the samples that are due ${ms} after the start.  If the last call was
 * long ago, nothing has happened in between.
 */
static void
take_samples(struct app *a, int64_t ms)
{
	struct app_samples *s = &a->samples;

	if (s->every_ms == 0)
		s->every_ms = SAMPLE_MS;
	while (ms >= ((int64_t)s->n + 1) * s->every_ms) {
		if (s->n == APP_SAMPLES)
			halve_samples(s);
		else
			s->records[s->n++] = s->before;
	}
	s->before = a->stats.records_in > 0 ? a->stats.records_in
					    : a->stats.records_out;
}

void
progress_now(struct app *a)
{
	int64_t now = clock_mono_ms();

	take_samples(a, now - a->started);
	if (a->progress_file != NULL && now - a->filed >= FILE_MS)
		write_progress(a);
	a->looked = a->stats.records_in + a->stats.records_out;
	if (now - a->shown < PROGRESS_MS || now - a->started < FIRST_MS)
		return;
	a->shown = now;
	if (is_watched(a) && !waiting_is_long())
		show_progress(a, (double)(now - a->started + 1) / 1000);
}

void
progress_look(struct app *a)
{

	/* Do not read the clock for every record. */
	if (a->stats.records_in + a->stats.records_out - a->looked >= STRIDE)
		progress_now(a);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * measure FILE COMMAND [ARGUMENT...]: run COMMAND and write to FILE what it
 * and all its descendants used, those that it did not wait for too.  A
 * program's peak memory is at least that of the process that started it, so a
 * small one has to start it.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void
forward(int sig)
{

	if (child > 0)
		(void)kill(child, sig);
}

static double
seconds(struct timeval t)
{

	return ((double)t.tv_sec + (double)t.tv_usec / 1e6);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec + (double)t.tv_nsec / 1e9);
}

static int
report(const char *path, double wall, int status, const struct rusage *u)
{
	FILE *f;
	int code;

	code = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
	if ((f = fopen(path, "w")) == NULL)
		return (74);
	(void)fprintf(f, "{\"wall\":%.6f,\"user\":%.6f,\"sys\":%.6f,"
	    "\"rss_kb\":%ld,\"exit\":%d}\n", wall, seconds(u->ru_utime),
	    seconds(u->ru_stime), u->ru_maxrss, code);
	return (fclose(f) == 0 ? code : 74);
}

int
main(int argc, char **argv)
{
	struct rusage used;
	double start, wall = 0;
	int code = 0, status;
	pid_t ended;

	if (argc < 3) {
		(void)fprintf(stderr, "usage: measure FILE COMMAND...\n");
		return (64);
	}
	(void)signal(SIGTERM, forward);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return (74);
	start = now();
	if ((child = fork()) == 0) {
		(void)signal(SIGTERM, SIG_DFL);
		(void)execvp(argv[2], &argv[2]);
		(void)fprintf(stderr, "measure: %s: %s\n", argv[2],
		    strerror(errno));
		_exit(127);
	}
	if (child < 0)
		return (74);
	while ((ended = wait(&status)) != -1 || errno == EINTR)
		if (ended == child) {
			wall = now() - start;
			code = status;
		}
	if (errno != ECHILD || getrusage(RUSAGE_CHILDREN, &used) == -1)
		return (74);
	return (report(argv[1], wall, code, &used));
}

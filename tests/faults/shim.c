/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library to preload that makes calls fail on command:
 *
 *	NF_FAULT=malloc=17        the 17th allocation fails
 *	NF_FAULT=malloc=17+       from the 17th on all fail
 *	NF_FAULT=write=3:28       the 3rd write fails with errno 28
 *	NF_FAULT=read=1+:4        every read fails with EINTR, once each time
 *	NF_FAULT=short            reads and writes move one byte at a time
 *	NF_FAULT=slow=3           the first fsync takes so many seconds
 *	NF_FAULT_LOG=FILE         at the end: how often each call was made, and
 *	                          whether the process is dumpable
 *
 * Calls: malloc (with calloc and realloc), read, write, fsync, close, link
 * (with linkat), rename (renameat2 only), thread (pthread_create).  Those on
 * stderr are left alone, so that messages can be looked at, and those on
 * sockets: the network has its own faults.  EINTR is given every other time,
 * as otherwise nothing would ever go on.
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { MALLOC, READ, WRITE, FSYNC, CLOSE, LINK, RENAME, THREAD,
	CALLS };

static const char *const names[] = { "malloc", "read", "write", "fsync",
	"close", "link", "rename", "thread" };
static atomic_ulong made[CALLS];
static unsigned long fail_at[CALLS];
static int forever[CALLS];
static int failure[CALLS] = { ENOMEM, EIO, EIO, EIO, EIO, EIO, EIO,
	EAGAIN };
static int one_byte;
static atomic_uint slow;
static int ready;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

/* One rule: name=N[+][:errno], or "short". */
static void
rule(const char *p)
{
	char *end;
	size_t n;
	int i;

	if (strncmp(p, "short", 5) == 0) {
		one_byte = 1;
		return;
	}
	if (strncmp(p, "slow=", 5) == 0) {
		atomic_store(&slow, (unsigned int)strtoul(p + 5, NULL, 10));
		return;
	}
	for (i = 0; i < CALLS; i++) {
		n = strlen(names[i]);
		if (strncmp(p, names[i], n) != 0 || p[n] != '=')
			continue;
		fail_at[i] = strtoul(p + n + 1, &end, 10);
		if (*end == '+') {
			forever[i] = 1;
			end++;
		}
		if (*end == ':')
			failure[i] = (int)strtol(end + 1, NULL, 10);
	}
}

__attribute__((constructor)) static void
begin(void)
{
	const char *p = getenv("NF_FAULT");

	while (p != NULL && *p != '\0') {
		rule(p);
		p += strcspn(p, ",");
		p += *p == ',';
	}
	ready = 1;
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("NF_FAULT_LOG");
	char line[256];
	int fd, n;

	if (path == NULL)
		return;
	n = snprintf(line, sizeof(line), "malloc %lu\nread %lu\nwrite %lu\n"
	    "fsync %lu\nclose %lu\nlink %lu\nrename %lu\nthread %lu\n"
	    "dumpable %d\n",
	    made[MALLOC], made[READ], made[WRITE], made[FSYNC], made[CLOSE],
	    made[LINK], made[RENAME], made[THREAD], prctl(PR_GET_DUMPABLE));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	syscall(SYS_write, fd, line, (size_t)n);
	syscall(SYS_close, fd);
}

/* Do a and b belong to the same program or library? */
static int
together(const void *a, const void *b)
{
	Dl_info one, other;

	return (dladdr(a, &one) != 0 && dladdr(b, &other) != 0 &&
	    one.dli_fbase == other.dli_fbase);
}

/*
 * The program is over, and what it leaves to its last destructors, such as
 * writing down what a build with --coverage counted, is not its own.
 */
extern void __cxa_finalize(void *);
void
__cxa_finalize(void *d)
{
	void (*next)(void *) =
	    (void (*)(void *))dlsym(RTLD_NEXT, "__cxa_finalize");

	if (together(d, (const void *)getauxval(AT_ENTRY)))
		ready = 0;
	if (next != NULL)
		next(d);
}

/* Count a call; return nonzero if it must fail, with errno set. */
static int
fails(enum call c)
{
	unsigned long n;

	if (!ready)
		return (0);
	n = atomic_fetch_add(&made[c], 1) + 1;
	if (fail_at[c] == 0 || n < fail_at[c] ||
	    (n > fail_at[c] && !forever[c]))
		return (0);
	if (failure[c] == EINTR && (n - fail_at[c]) % 2 != 0)
		return (0);
	errno = failure[c];
	return (1);
}

/* Is ${fd} one whose calls are left alone? */
static int
spared(int fd)
{
	struct stat st;

	return (fd == STDERR_FILENO ||
	    (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)));
}

void *
malloc(size_t n)
{

	return (fails(MALLOC) ? NULL : __libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{

	return (fails(MALLOC) ? NULL : __libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{

	return (fails(MALLOC) ? NULL : __libc_realloc(p, n));
}

ssize_t
read(int fd, void *p, size_t n)
{

	if (!spared(fd)) {
		if (fails(READ))
			return (-1);
		if (one_byte && n > 1)
			n = 1;
	}
	return (syscall(SYS_read, fd, p, n));
}

ssize_t
write(int fd, const void *p, size_t n)
{

	if (!spared(fd)) {
		if (fails(WRITE))
			return (-1);
		if (one_byte && n > 1)
			n = 1;
	}
	return (syscall(SYS_write, fd, p, n));
}

int
fsync(int fd)
{

	(void)sleep(atomic_exchange(&slow, 0));
	return (fails(FSYNC) ? -1 : (int)syscall(SYS_fsync, fd));
}

int
close(int fd)
{
	int failed = !spared(fd) && fails(CLOSE);
	int saved = errno;
	int rc = (int)syscall(SYS_close, fd);

	if (failed) {
		errno = saved;
		return (-1);
	}
	return (rc);
}

int
link(const char *from, const char *to)
{

	return (fails(LINK) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from,
	    AT_FDCWD, to, 0));
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{

	return (fails(LINK) ? -1 : (int)syscall(SYS_linkat, from_dir, from,
	    to_dir, to, flags));
}

int
renameat2(int from_dir, const char *from, int to_dir, const char *to,
    unsigned int flags)
{

	return (fails(RENAME) ? -1 : (int)syscall(SYS_renameat2, from_dir,
	    from, to_dir, to, flags));
}

int
pthread_create(pthread_t *t, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg)
{
	int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);

	if (fails(THREAD))
		return (errno);
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
	return (next(t, attr, run, arg));
}

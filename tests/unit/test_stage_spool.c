/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/store/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "stage/store/file_create.h"
#include "stage/store/store.h"

static char dir[] = "/tmp/nf-test-spool.XXXXXX/";
static char path[sizeof(dir) + 16];

static void
put(struct spool *s, const char *text)
{
	struct err e = { .class = ERR_NONE };

	CHECK_INT(spool_write(s, text, strlen(text), &e), 0);
}

/* Store what ${s} holds as ${name}. */
static int
store(const struct spool *s, const char *name, size_t size, uint32_t crc)
{
	struct store_body body = { .spool = s, .size = size, .crc32c = crc };
	struct err e = { .class = ERR_NONE };

	snprintf(path, sizeof(path), "%s%s", dir, name);
	return (file_create(path, &body, FILE_CREATE_GROUP, &e));
}

/* Does the file ${name} hold ${text}? */
static int
holds(const char *name, const char *text)
{
	struct err e = { .class = ERR_NONE };
	struct buf b;
	int same;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	buf_init(&b, 64);
	same = io_slurp(path, 64, &b, &e) == 0 && b.len == strlen(text) &&
	    memcmp(b.data, text, b.len) == 0;
	buf_free(&b);
	return (same);
}

static struct spool *
begin(const struct spool_place *at)
{
	struct err e = { .class = ERR_NONE };
	struct spool *s = spool_new(at, &e);

	CHECK(s != NULL);
	return (s);
}

/* A file that has a name is not written to any more. */
static void
in_store(void)
{
	const struct spool_place at = { .store = dir, .mode = 0660 };
	struct err e = { .class = ERR_NONE };
	struct spool *s = begin(&at);
	struct stat st;
	char back[4];
	mode_t old = umask(027);
	int i;

	CHECK_INT(spool_reset(s, &e), 0);
	put(s, "not this");
	CHECK_INT(spool_reset(s, &e), 0);
	put(s, "one");
	if (spool_file(s) == -1) { /* a file system without O_TMPFILE */
		spool_free(s);
		return;
	}
	CHECK_INT(store(s, "a", 3, 0), 1);
	CHECK_INT(store(s, "b", 4, 0), -1); /* not its size */
	CHECK_INT(spool_read(s, 0, back, 3, &e), 0);
	CHECK_MEM(back, 3, "one");
	for (i = 0; i < 3; i++) {
		CHECK_INT(spool_reset(s, &e), 0);
		put(s, "another");
		CHECK_INT(store(s, "a", 7, 0), 0); /* it exists */
	}
	CHECK_INT(store(s, "c", 7, 0), 1);
	spool_free(s);
	CHECK(holds("a", "one") && holds("c", "another"));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
	umask(old);
	CHECK_INT(unlink(path), 0);
	snprintf(path, sizeof(path), "%sa", dir);
	CHECK_INT(unlink(path), 0);
}

/* Anywhere else the bytes are copied, and their CRC32C is checked. */
static void
elsewhere(void)
{
	static const struct spool_place at[] = { { .dir = "/tmp" },
		{ .store = "/proc" }, { .store = NULL } };
	struct err e = { .class = ERR_NONE };
	struct spool *s;
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		s = begin(&at[i]);
		put(s, "123456789");
		CHECK_INT(spool_file(s), -1);
		CHECK_INT(store(s, "d", 9, 0), -1);
		CHECK_INT(store(s, "d", 9, 0xe3069283), 1);
		CHECK_INT(spool_reset(s, &e), 0);
		spool_free(s);
		CHECK(holds("d", "123456789"));
		CHECK_INT(unlink(path), 0);
	}
}

int
main(void)
{

	dir[sizeof(dir) - 2] = '\0';
	if (!CHECK(mkdtemp(dir) != NULL))
		return (check_done());
	dir[sizeof(dir) - 2] = '/';
	TEST(in_store);
	TEST(elsewhere);
	CHECK_INT(rmdir(dir), 0);
	return (check_done());
}

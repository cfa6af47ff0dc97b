/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* A buffer of just the maximum is enough, one byte more is too much. */
static void
test_slurp(void)
{
	char path[] = "/tmp/nf-test-io-XXXXXX";
	struct err e = { .class = ERR_NONE };
	struct buf b;
	int fd = mkstemp(path);

	if (!CHECK(fd != -1))
		return;
	CHECK_INT(write(fd, "0123456789", 10), 10);
	buf_init(&b, 10);
	CHECK_INT(io_slurp(path, 10, &b, &e), 0);
	CHECK_MEM(b.data, b.len, "0123456789");
	buf_reset(&b);
	CHECK_INT(io_slurp(path, 9, &b, &e), -1);
	CHECK_INT(e.class, ERR_CONFIG);
	err_clear(&e);
	unlink(path);
	buf_reset(&b);
	CHECK_INT(io_slurp(path, 10, &b, &e), -1);
	CHECK_INT(e.class, ERR_CONFIG);
	buf_free(&b);
	close(fd);
}

/* A pipe is written to, not replaced; a file is replaced. */
static void
test_replace(void)
{
	char dir[] = "/tmp/nf-test-io-XXXXXX", path[64], got[8] = "";
	struct err e = { .class = ERR_NONE };
	struct stat st;
	int fd;

	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	(void)snprintf(path, sizeof(path), "%s/x", dir);
	CHECK_INT(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	CHECK_INT(io_replace(path, "ab", 2, &e), 0);
	CHECK_INT(read(fd, got, sizeof(got)), 2);
	CHECK_STR(got, "ab");
	CHECK(stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
	close(fd);
	unlink(path);
	CHECK_INT(io_replace(path, "abc", 3, &e), 0);
	CHECK_INT(io_replace(path, "cd", 2, &e), 0);
	CHECK(stat(path, &st) == 0 && st.st_size == 2);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{

	TEST(test_slurp);
	TEST(test_replace);
	return (check_done());
}

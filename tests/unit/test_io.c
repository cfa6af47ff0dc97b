/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "lib/buf.h"
#include "lib/err.h"

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

int
main(void)
{

	test_slurp();
	return (check_done());
}

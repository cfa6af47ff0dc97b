/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_token_file.h"

#include <string.h>
#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"

#define MAX_TOKEN ((size_t)16 << 10)

bool
cred_token_file_changed(const struct cred_token_file *t)
{
	struct stat st;

	return (stat(t->path, &st) == 0 && (st.st_ino != t->inode ||
	    st.st_size != t->size ||
	    st.st_mtim.tv_sec != t->changed.tv_sec ||
	    st.st_mtim.tv_nsec != t->changed.tv_nsec));
}

int
cred_token_file_read(struct cred_token_file *t, struct buf *out,
    struct err *e)
{
	struct stat st;
	struct buf raw;
	size_t n, i;
	int rc;

	/* Before reading, so that a change in between is noticed later. */
	if (stat(t->path, &st) == -1)
		return (err_errno(e, ERR_CONFIG, "%s", t->path));
	buf_init_secret(&raw, MAX_TOKEN);
	if ((rc = io_slurp(t->path, MAX_TOKEN, &raw, e)) == 0) {
		n = raw.len;
		while (n > 0 && strchr(" \t\r\n", raw.data[n - 1]) != NULL)
			n--;
		for (i = 0; i < n && raw.data[i] > ' ' && raw.data[i] < 0x7f;)
			i++;
		if (n == 0 || i < n)
			rc = err_set(e, ERR_CONFIG, "%s: not a token, one "
			    "word of printable characters", t->path);
		else if (buf_append(out, raw.data, n) == -1)
			rc = err_nomem(e);
	}
	buf_free(&raw);
	if (rc == 0) {
		t->changed = st.st_mtim;
		t->size = st.st_size;
		t->inode = st.st_ino;
	}
	return (rc);
}

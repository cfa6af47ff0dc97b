/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_mark.h"

#include <unistd.h>

#include "chain.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/cli/app.h"
#include "manifest.h"
#include "receipt.h"
#include "stage/store/store.h"

int
cmd_mark(struct store *s, const struct options *o, struct app *app)
{
	struct err *e = &app->err;
	struct store_info info;
	struct buf line;
	int rc;

	(void)o;
	buf_init(&line, RECEIPT_MAX);
	if ((rc = store_stat(s, MANIFEST_NAME, &info, e)) == 1)
		rc = store_settle(s, MANIFEST_NAME, e) == -1 ? -1 : 1;
	if (rc == 1)
		buf_puts(&line, "committed");
	else if (rc == 0 && (rc = chain_last_mark(s, &line, e)) == 0)
		buf_puts(&line, "null");
	buf_putc(&line, '\n');
	if (rc != -1) {
		rc = line.failed ? err_nomem(e)
				 : io_write(STDOUT_FILENO, line.data, line.len,
				    e);
		if (rc == -1)
			err_prefix(e, "stdout");
	}
	buf_free(&line);
	return (rc == -1 ? -1 : 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/cli/app.h"

int
output_add_table(void *arg, const char *name)
{
	struct output_tables *t = arg;
	char **all;

	if ((all = realloc(t->name, (t->n + 1) * sizeof(*all))) == NULL)
		return (-1);
	t->name = all;
	if ((all[t->n] = strdup(name)) == NULL)
		return (-1);
	t->n++;
	return (0);
}

void
output_free_tables(struct output_tables *t)
{

	while (t->n > 0)
		free(t->name[--t->n]);
	free(t->name);
	t->name = NULL;
}

int
output_flush(struct buf *b, struct app *app, struct err *e)
{

	if (b->failed)
		return (err_nomem(e));
	if (io_write(STDOUT_FILENO, b->data, b->len, e) == -1)
		return (err_prefix(e, "stdout"));
	app->stats.bytes_out += b->len;
	buf_reset(b);
	return (0);
}

int
output_written(struct buf *b, struct app *app, struct err *e)
{

	return (b->len < OUTPUT_FLUSH && !b->failed ? 0 :
	    output_flush(b, app, e));
}

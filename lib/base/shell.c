/* SPDX-License-Identifier: Apache-2.0 */
#include "shell.h"

#include "buf.h"

void
shell_quote(struct buf *b, const char *text)
{

	buf_putc(b, '\'');
	for (; text != NULL && *text != '\0'; text++)
		if (*text == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *text);
	buf_putc(b, '\'');
}

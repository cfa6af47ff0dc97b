/* SPDX-License-Identifier: Apache-2.0 */
#include "version.h"

#include "app_data.h"
#include "lib/base/buf.h"

#ifndef NF_COMMIT /* set by the Makefile */
#define NF_COMMIT ""
#endif

void
version_text(const struct app *a, struct buf *b)
{

	buf_printf(b, "%s %s\n", a->tool, NF_VERSION);
	if (NF_COMMIT[0] != '\0')
		buf_puts(b, "commit " NF_COMMIT "\n");
	if (a->libraries != NULL) {
		a->libraries(b);
		buf_putc(b, '\n');
	}
}

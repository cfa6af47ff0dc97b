/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Set the class of ${e}; false if it already holds an error. */
static bool
begin_error(struct err *e, enum err_class class)
{

	if (e->class != ERR_NONE)
		return (false);
	e->class = class;
	e->cause = class == ERR_PIPE ? ERR_DOWNSTREAM : ERR_SELF;
	e->signo = 0;
	e->code[0] = '\0';
	return (true);
}

int
err_set(struct err *e, enum err_class class, const char *fmt, ...)
{
	va_list ap;

	if (!begin_error(e, class))
		return (-1);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return (-1);
}

int
err_set_code(struct err *e, enum err_class class, const char *code,
    const char *fmt, ...)
{
	va_list ap;

	if (!begin_error(e, class))
		return (-1);
	snprintf(e->code, sizeof(e->code), "%s", code);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return (-1);
}

int
err_errno(struct err *e, enum err_class class, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (!begin_error(e, class))
		return (-1);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s",
	    strerror(saved));
	return (-1);
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	size_t n;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", old);
	return (-1);
}

int
err_nomem(struct err *e)
{

	return (err_set(e, ERR_IO, "out of memory"));
}

void
err_clear(struct err *e)
{

	memset(e, 0, sizeof(*e));
}

int
err_exit_code(const struct err *e)
{

	if (e->class == ERR_SIGNAL)
		return (128 + e->signo);
	return ((int)e->class);
}

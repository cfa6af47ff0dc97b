/* SPDX-License-Identifier: Apache-2.0 */
#include "code.h"

#include <stddef.h>

struct meaning {
	const char *name;
	enum err_class row;     /* for a row */
	enum err_class request; /* for an entire request */
	bool retries;
	bool splits;
};

static const struct meaning meanings[] = {
	[CODE_OK] = { "OK", ERR_NONE, ERR_NONE, false, false },
	[CODE_CANCELLED] = { "CANCELLED", ERR_TEMP, ERR_TEMP, false, false },
	[CODE_UNKNOWN] = { "UNKNOWN", ERR_REFUSED, ERR_TEMP, false, true },
	[CODE_INVALID_ARGUMENT] = { "INVALID_ARGUMENT", ERR_REFUSED,
	    ERR_REFUSED, false, true },
	[CODE_DEADLINE_EXCEEDED] = { "DEADLINE_EXCEEDED", ERR_TEMP, ERR_TEMP,
	    true, false },
	[CODE_NOT_FOUND] = { "NOT_FOUND", ERR_REFUSED, ERR_CONFIG, false,
	    false },
	[CODE_ALREADY_EXISTS] = { "ALREADY_EXISTS", ERR_REFUSED, ERR_REFUSED,
	    false, true },
	[CODE_PERMISSION_DENIED] = { "PERMISSION_DENIED", ERR_PERM, ERR_PERM,
	    false, false },
	[CODE_RESOURCE_EXHAUSTED] = { "RESOURCE_EXHAUSTED", ERR_TEMP, ERR_TEMP,
	    false, false },
	[CODE_FAILED_PRECONDITION] = { "FAILED_PRECONDITION", ERR_REFUSED,
	    ERR_CONFIG, false, false },
	[CODE_ABORTED] = { "ABORTED", ERR_TEMP, ERR_TEMP, true, false },
	[CODE_OUT_OF_RANGE] = { "OUT_OF_RANGE", ERR_REFUSED, ERR_REFUSED,
	    false, true },
	[CODE_UNIMPLEMENTED] = { "UNIMPLEMENTED", ERR_REFUSED, ERR_REFUSED,
	    false, false },
	[CODE_INTERNAL] = { "INTERNAL", ERR_REFUSED, ERR_TEMP, false, true },
	[CODE_UNAVAILABLE] = { "UNAVAILABLE", ERR_TEMP, ERR_TEMP, true, false },
	[CODE_DATA_LOSS] = { "DATA_LOSS", ERR_REFUSED, ERR_TEMP, false, true },
	[CODE_UNAUTHENTICATED] = { "UNAUTHENTICATED", ERR_PERM, ERR_PERM,
	    false, false }
};

static const struct meaning *
find_meaning(int code)
{

	if (code < 0 || (size_t)code >= sizeof(meanings) / sizeof(meanings[0]))
		code = CODE_UNKNOWN;
	return (&meanings[code]);
}

const char *
code_name(int code)
{

	return (find_meaning(code)->name);
}

enum err_class
code_class(int code, enum code_scope scope)
{
	const struct meaning *m = find_meaning(code);

	return (scope == CODE_OF_ROW ? m->row : m->request);
}

bool
code_retries(int code)
{

	return (find_meaning(code)->retries);
}

bool
code_splits(int code)
{

	return (find_meaning(code)->splits);
}

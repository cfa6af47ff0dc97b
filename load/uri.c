/* SPDX-License-Identifier: Apache-2.0 */
#include "uri.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

#define BIGTABLE "bigtable://"
#define SQLITE "sqlite:"
#define NAMES                                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:"

void
uri_free(struct uri *u)
{

	free(u->project);
	free(u->instance);
	free(u->table);
	free(u->file);
	memset(u, 0, sizeof(*u));
}

/*
 * Get the next part of a path, up to a slash or the end: 1, 0 after the last,
 * -1 if it is empty or not a name.
 */
static int
take_part(const char **p, char **out)
{
	size_t n = strcspn(*p, "/");

	if (**p == '\0')
		return (0);
	if (n == 0 || strspn(*p, NAMES) != n)
		return (-1);
	if ((*out = strndup(*p, n)) == NULL)
		return (-1);
	*p += n;
	if (**p == '/')
		(*p)++;
	return (1);
}

static int
parse_bigtable(struct uri *u, const char *p)
{

	u->kind = URI_BIGTABLE;
	if (take_part(&p, &u->project) != 1 || take_part(&p,
	    &u->instance) != 1 ||
	    take_part(&p, &u->table) == -1 || *p != '\0')
		return (-1);
	return (0);
}

static int
parse_sqlite(struct uri *u, const char *p)
{

	u->kind = URI_SQLITE;
	if (*p == '\0' || (u->file = strdup(p)) == NULL)
		return (-1);
	return (0);
}

int
uri_parse(struct uri *u, const char *text, struct err *e)
{
	int rc = -1;

	errno = 0;
	memset(u, 0, sizeof(*u));
	if (strncmp(text, BIGTABLE, strlen(BIGTABLE)) == 0)
		rc = parse_bigtable(u, text + strlen(BIGTABLE));
	else if (strncmp(text, SQLITE, strlen(SQLITE)) == 0)
		rc = parse_sqlite(u, text + strlen(SQLITE));
	if (rc == 0)
		return (0);
	uri_free(u);
	if (errno == ENOMEM)
		return (err_nomem(e));
	return (err_set(e, ERR_USAGE, "%s: not bigtable://PROJECT/INSTANCE"
	    "[/TABLE] or sqlite:FILE", text));
}

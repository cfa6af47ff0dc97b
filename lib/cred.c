/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cred.h"

#include <stddef.h>

#include "lib/err.h"

struct cred *
cred_new(const char *scope, struct http *h, struct err *e)
{

	(void)scope;
	(void)h;
	err_set(e, ERR_CONFIG, "this build talks to emulators only; set "
	    "STORAGE_EMULATOR_HOST or BIGTABLE_EMULATOR_HOST");
	return (NULL);
}

void
cred_free(struct cred *c)
{

	(void)c;
}

const char *
cred_token(struct cred *c, struct err *e)
{

	(void)c;
	err_set(e, ERR_CONFIG, "no credentials");
	return (NULL);
}

void
cred_expire(struct cred *c)
{

	(void)c;
}

const char *
cred_quota_project(const struct cred *c)
{

	(void)c;
	return (NULL);
}

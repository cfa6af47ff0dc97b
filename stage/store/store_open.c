/* SPDX-License-Identifier: Apache-2.0 */
#include "store_open.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "gcs.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "store.h"

#define GS    "gs://"
#define FILES "file:///"

/* Return uri with one "/" at its end; its first keep bytes are unchanged. */
static char *
end_in_slash(const char *uri, size_t keep, struct err *e)
{
	size_t n = strlen(uri);
	char *s;

	while (n > keep && uri[n - 1] == '/')
		n--;
	if (n == keep)
		n--; /* of "file:///" */
	if ((s = malloc(n + 2)) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	memcpy(s, uri, n);
	s[n] = '/';
	s[n + 1] = '\0';
	return (s);
}

/* Is there nothing after the first "/"? */
static bool
is_bucket(const char *path)
{
	const char *slash = strchr(path, '/');

	return (slash == NULL || slash[1] == '\0');
}

struct store *
store_open(const char *uri, enum store_open_what what,
    const struct store_conf *conf, struct err *e)
{
	struct store *s = NULL;
	char *whole;
	bool gs = strncmp(uri, GS, strlen(GS)) == 0;
	size_t skip = strlen(gs ? GS : FILES);

	if (strlen(uri) > STORE_MAX_NAME || !utf8_valid(uri, strlen(uri))
	    || strpbrk(uri, "\r\n") != NULL) {
		err_set(e, ERR_USAGE, "RUN: over %d bytes, not UTF-8, or with a "
		    "line break", STORE_MAX_NAME);
		return (NULL);
	}
	if ((!gs && strncmp(uri, FILES, skip) != 0) ||
	    (what == STORE_OPEN_RUN &&
	    uri[skip + strspn(uri + skip, "/")] == '\0')) {
		err_set(e, ERR_USAGE, "%s: neither gs://BUCKET/RUN nor "
		    "file:///FOLDER/RUN", uri);
		return (NULL);
	}
	if ((whole = end_in_slash(uri, skip, e)) == NULL)
		return (NULL);
	if (gs && what == STORE_OPEN_RUN && is_bucket(whole + skip)) {
		err_set(e, ERR_USAGE, "%s: a bucket, not a run in it: "
		    "gs://BUCKET/RUN", uri);
		free(whole);
		return (NULL);
	}
	if (gs)
		s = gcs_open(whole + skip, conf, e);
	else
		s = file_open(whole + skip - 1, conf, e); /* from its "/" on */
	if (s == NULL) {
		free(whole);
		return (NULL);
	}
	s->uri = whole;
	return (s);
}

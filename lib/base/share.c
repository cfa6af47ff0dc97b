/* SPDX-License-Identifier: Apache-2.0 */
#include "share.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "err.h"

#define MAX_NAMES 300 /* bytes of the list in a message */

static const char suffix[] = ".json";

/*
 * The folders of mappings, relative to the folder of the program: bin/ and
 * libexec/ when installed, lib/ when run by the loader of a bundle, build/ in
 * a source tree.
 */
static const char *const folders[] = { "../share/nf-tools/mappings",
	"../mappings" };

/* The folder of this program, with '/' at the end; /proc may be missing. */
static int
find_program(char folder[PATH_MAX])
{
	const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	if (n > 0)
		folder[n] = '\0';
	else if (name == NULL || realpath(name, folder) == NULL)
		return (-1);
	if ((slash = strrchr(folder, '/')) == NULL)
		return (-1);
	slash[1] = '\0';
	return (0);
}

static bool
is_mapping_name(const char *name, size_t n)
{

	return (n > 0 && name[0] != '.' &&
	    (n < 7 || memcmp(name + n - 7, ".schema", 7) != 0));
}

/* Put the names in the folder ${path} into ${list}, sorted. */
static void
list_names(const char *path, char list[MAX_NAMES])
{
	struct dirent **entry = NULL;
	int i, n = scandir(path, &entry, NULL, alphasort);
	size_t used = 0, len;

	for (i = 0; i < n; i++) {
		len = strlen(entry[i]->d_name);
		if (len >= sizeof(suffix) && strcmp(entry[i]->d_name + len -
		    (sizeof(suffix) - 1), suffix) == 0 &&
		    is_mapping_name(entry[i]->d_name, len -
		    (sizeof(suffix) - 1)) && used + len + 2 < MAX_NAMES)
			used += (size_t)snprintf(list + used, MAX_NAMES - used,
			    "%s%.*s", used > 0 ? ", " : "",
			    (int)(len - (sizeof(suffix) - 1)),
			    entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

/* Return the path of the installed mapping ${name}, or NULL. */
static char *
find_installed(const char *name, char list[MAX_NAMES], struct err *e)
{
	char folder[PATH_MAX], *path;
	size_t i;

	list[0] = '\0';
	if (find_program(folder) == -1)
		return (NULL);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (asprintf(&path, "%s%s/%s%s", folder, folders[i], name,
		    suffix) == -1) {
			err_nomem(e);
			return (NULL);
		}
		if (is_mapping_name(name, strlen(name)) &&
		    access(path, F_OK) == 0)
			return (path);
		*strrchr(path, '/') = '\0';
		if (list[0] == '\0')
			list_names(path, list);
		free(path);
	}
	return (NULL);
}

char *
share_mapping(const char *word, struct err *e)
{
	size_t n = strlen(word);
	bool plain = n > 0 && strpbrk(word, "/.") == NULL &&
	    strcmp(word, "-") != 0;
	bool dotted = !plain && strchr(word, '/') == NULL &&
	    (n < sizeof(suffix) || strcmp(word + n - (sizeof(suffix) - 1),
	    suffix) != 0) && access(word, F_OK) == -1;
	char list[MAX_NAMES], *path = NULL;

	if (plain || dotted)
		path = find_installed(word, list, e);
	if (path == NULL && plain && e->class == ERR_NONE)
		err_set_code(e, ERR_CONFIG, "no_mapping", "%.80s: no mapping "
		    "of this name is installed%s%s; the path of a file has a "
		    "'/' or a '.'", word, list[0] == '\0' ? "" : ", only ",
		    list);
	if (path == NULL && e->class == ERR_NONE &&
	    (path = strdup(word)) == NULL)
		err_nomem(e);
	return (path);
}

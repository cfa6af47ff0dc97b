/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

/*
 * A fuzz target without a fuzzer: run it for every FILE, and for the files
 * of every FOLDER, named as arguments.
 */
#define MAX_FILE ((size_t)1 << 20)

static unsigned long ran;

static void
run_file(const char *path)
{
	static uint8_t text[MAX_FILE];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(74);
	}
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	/* Memory of exactly that size: what is read behind it is found. */
	exact = malloc(n);
	FUZZ_CHECK(exact != NULL || n == 0);
	if (n > 0)
		memcpy(exact, text, n);
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	ran++;
}

static void
run(const char *path)
{
	char name[4096];
	struct stat st;
	struct dirent *d;
	DIR *dir;

	if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	if ((dir = opendir(path)) == NULL) {
		perror(path);
		exit(74);
	}
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		run_file(name);
	}
	closedir(dir);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		run(argv[i]);
	printf("%lu inputs\n", ran);
	return (ran == 0);
}

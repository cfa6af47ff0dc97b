/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, one a line, through the ready mappings; the first byte says which.
 */
#include "fuzz.h"

#include "rows.h"
#include "transform/mapping/compile.h"

static const char *const files[] = { "mappings/nf-flat.json",
	"mappings/nf-relational.json", "mappings/nf-wide.json",
	"mappings/nfe-4.00.json", "mappings/portal-transparencia.json" };

#define COUNT (sizeof(files) / sizeof(files[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct program *prog[COUNT];
	struct err e = { 0 };
	size_t i;

	if (n == 0)
		return (0);
	i = p[0] % COUNT;
	if (prog[i] == NULL)
		prog[i] = compile_file(files[i], &e);
	FUZZ_CHECK(prog[i] != NULL);
	rows_check(prog[i], p + 1, n - 1);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappings and what they do to records: the input is a mapping, a line "--"
 * and records.  Rows are lines of JSON; a refused record leaves nothing and
 * has a reason.  compile.c is taken in whole, as compiling a text is its own.
 */
#include "transform/mapping/compile.c"

#include "fuzz.h"
#include "rows.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *cut = memmem(p, n, "\n--\n", 4);
	size_t len = cut == NULL ? n : (size_t)(cut - p);
	struct err e = { 0 };
	struct program *prog;
	struct buf text;

	buf_init(&text, MAX_FILE);
	buf_append(&text, p, len);
	(void)buf_reserve(&text, 1);
	prog = compile_text(&text, "fuzz", &e);
	buf_free(&text);
	FUZZ_CHECK((prog == NULL) == (e.class == ERR_CONFIG));
	if (prog != NULL && cut != NULL)
		rows_check(prog, cut + 4, n - len - 4);
	program_free(prog);
	return (0);
}

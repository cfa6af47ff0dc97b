/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_FUZZ_ROWS_H
#define NF_TESTS_FUZZ_ROWS_H

#include "fuzz.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "transform/mapping/program.h"
#include "transform/record/machine.h"
#include "transform/record/record.h"

/* Each line of ${out} is a JSON object. */
static inline void
rows_lines(const struct buf *out)
{
	static struct scan s;
	const uint8_t *p = out->data, *end = p + out->len, *nl;
	struct err e = { 0 };
	uint8_t *line;

	if (s.tok == NULL && s.shapes == NULL)
		scan_init(&s);
	for (; out->len > 0 && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		FUZZ_CHECK(nl != NULL);
		line = fuzz_padded(p, (size_t)(nl - p));
		FUZZ_CHECK(scan_text(&s, line, (size_t)(nl - p), &e) == 0);
		FUZZ_CHECK(s.tok[0].kind == SCAN_OBJECT);
		free(line);
	}
}

/**
 * rows_check(prog, p, n):
 * Run ${prog} over the records in ${n} bytes at ${p}, one a line, and check
 * what comes of them.
 */
static inline void
rows_check(const struct program *prog, const uint8_t *p, size_t n)
{
	struct machine_run run = { .run = "r", .source = "s", .has_ts = true,
		.ts = 1000 };
	struct err e = { 0 };
	struct machine m;
	struct buf out;
	uint64_t number = 0;
	uint8_t *text;
	char *line;

	memset(&m, 0, sizeof(m));
	buf_init(&out, (size_t)64 << 20);
	FUZZ_CHECK(machine_init(&m, prog, &run, &e) == 0);
	while (n > 0) {
		line = fuzz_until(&p, &n, '\n');
		text = fuzz_padded((uint8_t *)line, strlen(line));
		buf_reset(&out);
		if (record_run(&m, text, strlen(line), ++number, &out) == 0)
			rows_lines(&out);
		else
			FUZZ_CHECK(out.len == 0 && (m.no_memory ||
			    m.unique_full || m.fault.code[0] != '\0'));
		free(text);
		free(line);
	}
	machine_fini(&m);
	buf_free(&out);
}

#endif /* !NF_TESTS_FUZZ_ROWS_H */

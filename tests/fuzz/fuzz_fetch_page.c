/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages: every record of one that is accepted is a line of JSON, and no
 * control line.  The first byte chooses format and pointer.
 */
#include "fetch/page.h"

#include "fetch/source/spec.h"
#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/ptr.h"
#include "lib/stream/stream.h"

static void
check_lines(const struct page *page)
{
	static struct scan s;
	struct err e = { 0 };
	struct buf out;
	const uint8_t *nl, *p;
	uint8_t *line;
	uint64_t lines = 0, said;
	size_t len;

	buf_init(&out, (size_t)64 << 20);
	said = page_lines(page, UINT64_MAX, &out);
	FUZZ_CHECK(!out.failed && said == page->records);
	for (p = out.data; p != NULL && p < out.data + out.len; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(out.data + out.len - p));
		FUZZ_CHECK(nl != NULL);
		len = (size_t)(nl - p);
		line = fuzz_padded(p, len);
		FUZZ_CHECK(scan_text(&s, line, len, &e) == 0);
		FUZZ_CHECK(!stream_is_control(line, len));
		free(line);
		lines++;
	}
	FUZZ_CHECK(lines == said);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct page page;
	struct page_spec spec = { .max_line = 4096 };
	struct err e = { 0 };
	struct ptr *ptr = NULL;
	uint8_t *body;

	if (n == 0)
		return (0);
	spec.format = (enum page_format)(p[0] % 3);
	spec.missing_ok = (p[0] & 8) != 0;
	if (p[0] & 16)
		ptr = ptr_parse("/data", &e);
	spec.records = ptr;
	body = fuzz_padded(p + 1, n - 1);
	if (page_parse(&page, &spec, body, n - 1, (p[0] & 32) != 0, &e) == 0)
		check_lines(&page);
	else
		FUZZ_CHECK(e.class == ERR_DATA || e.class == ERR_CONFIG);
	ptr_free(ptr);
	free(body);
	return (0);
}

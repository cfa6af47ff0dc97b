/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/dates.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/base/buf.h"

static const char *const formats[] = { [DATES_ISO] = "%Y-%m-%dT%H:%M:%S.%f%z",
	[DATES_UTC] = "%Y-%m-%dT%H:%M:%S.%fZ", [DATES_DAY] = "%Y-%m-%d" };

/* The quick way writes what the other writes, and it reads what it wrote. */
static void
written(void)
{
	struct dates_fields f, again;
	struct buf a, b;
	int i, style;

	buf_init(&a, 100);
	buf_init(&b, 100);
	srandom(26);
	for (i = 0; i < 20000; i++) {
		dates_split(random() * 100 - 60000000000, &f);
		f.micros = (int)(random() % 1000000);
		f.offset = (int32_t)(random() % 172799 - 86399);
		f.offset -= i % 2 == 0 ? f.offset % 60 : 0;
		f.zoned = true;
		for (style = DATES_ISO; style <= DATES_DAY; style++) {
			buf_reset(&a);
			buf_reset(&b);
			dates_write(&f, (enum dates_style)style, &a);
			(void)dates_format(&f, formats[style], &b);
			CHECK(a.len == b.len &&
			    memcmp(a.data, b.data, a.len) == 0);
		}
		buf_reset(&a);
		dates_write(&f, DATES_UTC, &a);
		CHECK(dates_parse((const char *)a.data, a.len, NULL,
		    &again) == 0 && again.second == f.second &&
		    again.micros == f.micros && again.year == f.year);
	}
	buf_free(&a);
	buf_free(&b);
}

/* ISO 8601, of the shape that most have and near to it. */
static void
shapes(void)
{
	static const struct {
		const char *text;
		int rc;
	} table[] = { { "2026-11-30T23:59:59", 0 },
		{ "2026-11-30t23:59:59Z", 0 }, { "2026-11-30 23:59:59", 0 },
		{ "2026-11-30T23:59", 0 }, { "2026-11-30T23:59:59,5+03", 0 },
		{ "2026-11-30T23:59:59.", -1 }, { "2026-11-30T24:00:00", -1 },
		{ "2026-11-30T23:60:00", -1 }, { "2026-11-30T23:59:60", -1 },
		{ "2026-11-31T23:59:59", -1 }, { "2026-02-29T00:00:00", -1 },
		{ "0000-01-01T00:00:00", -1 }, { "2026-00-01T00:00:00", -1 },
		{ "2026-13-01T00:00:00", -1 }, { "2026-01-00T00:00:00", -1 },
		{ "2026-01-32T00:00:00", -1 }, { "2026-1a-01T00:00:00", -1 },
		{ "202a-11-01T00:00:00", -1 }, { "2026-11-01T0:00:000", -1 },
		{ "2026-11-01T00-00:00", -1 }, { "2026:11-01T00:00:00", -1 },
		{ "2026-11-30T23:59:59 ", -1 }, { "2026-11-30T23:59:59ZZ", -1 },
		{ "2026-11-30X23:59:59", -1 }, { "2028-02-29T00:00:00", 0 } };
	struct dates_fields f;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		CHECK_INT(dates_parse(table[i].text, strlen(table[i].text),
		    NULL, &f), table[i].rc);
}

int
main(void)
{

	TEST(written);
	TEST(shapes);
	return (check_done());
}

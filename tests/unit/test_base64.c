/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

#include "check.h"
#include "lib/base/buf.h"

/* RFC 4648 section 10. */
static const struct {
	const char *plain, *padded, *url;
} vector[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foob", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "+//+", "-__-" },
};

static void
test_vectors(void)
{
	struct buf b;
	size_t i, n = sizeof(vector) / sizeof(vector[0]);

	buf_init(&b, 64);
	for (i = 0; i < n; i++) {
		buf_reset(&b);
		base64_encode(&b, vector[i].plain, strlen(vector[i].plain));
		CHECK_MEM(b.data, b.len, vector[i].padded);
		buf_reset(&b);
		base64_encode_url(&b, vector[i].plain,
		    strlen(vector[i].plain));
		CHECK_MEM(b.data, b.len, vector[i].url);
		buf_reset(&b);
		CHECK_INT(base64_decode(&b, vector[i].padded,
		    strlen(vector[i].padded)), 0);
		CHECK_MEM(b.data, b.len, vector[i].plain);
		buf_reset(&b);
		CHECK_INT(base64_decode(&b, vector[i].url,
		    strlen(vector[i].url)), 0);
		CHECK_MEM(b.data, b.len, vector[i].plain);
	}
	buf_free(&b);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "A", "AB=", "A===", "Zg=", "Z g=",
		"Zm9v\n", "Zm=v", "====", "Zh==", "Zm9=", "Zm9vA", "Zm9v====",
		"\xc3\xa9==" };
	struct buf b;
	size_t i;

	buf_init(&b, 64);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&b);
		CHECK_INT(base64_decode(&b, bad[i], strlen(bad[i])), -1);
	}
	buf_free(&b);
}

/* Every byte value survives; a full buffer is reported. */
static void
test_bytes(void)
{
	uint8_t all[256];
	struct buf text, back;
	size_t i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	buf_init(&text, 1024);
	buf_init(&back, 256);
	base64_encode(&text, all, sizeof(all));
	CHECK_UINT(text.len, 344);
	CHECK_INT(base64_decode(&back, (char *)text.data, text.len), 0);
	CHECK_UINT(back.len, 256);
	CHECK(back.len == 256 && memcmp(back.data, all, 256) == 0);
	CHECK_INT(base64_decode(&back, (char *)text.data, text.len), -1);
	buf_free(&text);
	buf_free(&back);
}

int
main(void)
{

	TEST(test_vectors);
	TEST(test_refused);
	TEST(test_bytes);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charsets against iconv: what is decoded is the same, and is UTF-8.  The
 * first byte chooses the charset.  Intended differences: the bytes 0x80 to
 * 0x9f of ISO-8859-1.
 */
#include "lib/base/charset.h"

#include <iconv.h>

#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"

#define MAX_OUT ((size_t)1 << 20)

static const struct {
	enum charset charset;
	const char *name;
} all[] = { { CHARSET_LATIN1, "ISO-8859-1" },
	{ CHARSET_LATIN9, "ISO-8859-15" },
	{ CHARSET_WINDOWS1252, "CP1252" }, { CHARSET_UTF16LE, "UTF-16LE" },
	{ CHARSET_UTF16BE, "UTF-16BE" } };

/* Compare with what iconv makes of it, if this system has the charset. */
static void
compare(const char *name, const uint8_t *p, size_t n, const struct buf *got,
    int rc)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char *in = (char *)(uintptr_t)p, *want = malloc(3 * n + 8), *to = want;
	size_t left = n, room = 3 * n + 8;
	const uint8_t *text = got->data;
	size_t len = got->len, i;

	if (cd == (iconv_t)-1) {
		free(want);
		return;
	}
	FUZZ_CHECK(want != NULL);
	for (i = 0; i < n && !(strcmp(name, "ISO-8859-1") == 0 &&
	    p[i] >= 0x80 && p[i] < 0xa0); i++)
		;
	if (iconv(cd, &in, &left, &to, &room) == (size_t)-1) {
		FUZZ_CHECK(rc == -1);
	} else if (i == n) {
		FUZZ_CHECK(rc == 0);
		len = (size_t)(to - want);
		if (len >= 3 && memcmp(want, "\xef\xbb\xbf", 3) == 0 &&
		    strncmp(name, "UTF-16", 6) == 0) {
			FUZZ_CHECK(got->len == len - 3);
			FUZZ_CHECK(len == 3 ||
			    memcmp(want + 3, text, len - 3) == 0);
		} else {
			FUZZ_CHECK(got->len == len);
			FUZZ_CHECK(len == 0 || memcmp(want, text, len) == 0);
		}
	}
	(void)iconv_close(cd);
	free(want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = { .class = ERR_NONE };
	struct buf out;
	size_t which;
	int rc;

	if (n < 1)
		return (0);
	(void)charset_find((const char *)p, n);
	(void)charset_guess(p, n);
	which = p[0] % (sizeof(all) / sizeof(all[0]));
	buf_init(&out, MAX_OUT);
	rc = charset_decode(all[which].charset, p + 1, n - 1, &out, &e);
	FUZZ_CHECK(!out.failed);
	if (rc == 0)
		FUZZ_CHECK(utf8_valid(out.data, out.len));
	compare(all[which].name, p + 1, n - 1, &out, rc);
	buf_free(&out);
	return (0);
}

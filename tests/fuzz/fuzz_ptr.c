/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Pointer against a plain reading of RFC 6901.  The input is a pointer,
 * a newline and a document.
 */
#include "lib/json/ptr.h"

#include "fuzz.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"

/* The next key of ${text}, "~1" and "~0" resolved; where it ends. */
static const char *
key_of(const char *text, char *key)
{

	for (text++; *text != '\0' && *text != '/'; text++) {
		if (text[0] == '~' && text[1] == '1')
			*key++ = '/';
		else if (text[0] == '~')
			*key++ = '~';
		else
			*key++ = *text;
		text += *text == '~';
	}
	*key = '\0';
	return (text);
}

static uint32_t
item(const struct scan *s, uint32_t t, const char *key)
{
	char number[16];
	uint32_t i, n = 0;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		snprintf(number, sizeof(number), "%u", n++);
		if (strcmp(number, key) == 0)
			return (i);
	}
	return (SCAN_NOT_FOUND);
}

static uint32_t
plain(const struct scan *s, const char *text)
{
	char *key = malloc(strlen(text) + 1);
	uint32_t t = 0;

	FUZZ_CHECK(key != NULL);
	while (*text != '\0' && t != SCAN_NOT_FOUND) {
		text = key_of(text, key);
		if (s->tok[t].kind == SCAN_ARRAY)
			t = item(s, t, key);
		else
			t = scan_member(s, t, key, strlen(key));
	}
	free(key);
	return (t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct scan s;
	struct err e = { 0 };
	char *text = fuzz_until(&p, &n, '\n');
	uint8_t *doc = fuzz_padded(p, n);
	struct ptr *ptr = ptr_parse(text, &e);

	if (s.tok == NULL && s.shapes == NULL)
		scan_init(&s);
	FUZZ_CHECK((ptr == NULL) == (e.class == ERR_CONFIG));
	if (ptr != NULL) {
		FUZZ_CHECK(strcmp(ptr_text(ptr), text) == 0);
		if (scan_text(&s, doc, n, &e) == 0)
			FUZZ_CHECK(ptr_find(ptr, &s, 0) == plain(&s, text));
	}
	ptr_free(ptr);
	free(doc);
	free(text);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Source files: accepted or told what is wrong, where. */
#include "fetch/source/source.h"

#include "fetch/source/spec.h"
#include "fuzz.h"
#include "lib/base/err.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char hex[SHA256_HEX], again[SHA256_HEX], *text;
	struct err e = { 0 };
	struct source s;
	json_t *doc, *copy;

	doc = json_loadb((const char *)p, n, JSON_REJECT_DUPLICATES, NULL);
	if (doc == NULL)
		return (0);
	memset(&s, 0, sizeof(s));
	copy = json_deep_copy(doc);
	if (source_load(&s, doc, &e) == 0) {
		FUZZ_CHECK(source_hash(&s, hex, &e) == 0);
		FUZZ_CHECK((text = source_text(&s)) != NULL);
		free(text);
		source_free(&s);
		memset(&s, 0, sizeof(s));
		FUZZ_CHECK(source_load(&s, copy, &e) == 0);
		FUZZ_CHECK(source_hash(&s, again, &e) == 0);
		FUZZ_CHECK(strcmp(hex, again) == 0);
	} else {
		FUZZ_CHECK(e.class == ERR_CONFIG && e.msg[0] != '\0');
		json_decref(copy);
	}
	source_free(&s);
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "check.h"

static void
hex_of(const unsigned char *md, unsigned n, char *hex)
{
	unsigned i;

	for (i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", md[i]);
}

/* RFC 4231, test cases 1, 2, 3 and 6. */
static void
test_vectors(void)
{
	static const struct {
		int key, nkey;      /* so many such bytes */
		const char *name;   /* else this */
		const char *text;
		int byte, n;
		const char *want;
	} cases[] = {
		{ 0x0b, 20, NULL, "Hi There", 0, 0,
		    "b0344c61d8db38535ca8afceaf0bf12b"
		    "881dc200c9833da726e9376c2e32cff7" },
		{ 0, 0, "Jefe", "what do ya want for nothing?", 0, 0,
		    "5bdcc146bf60754e6a042426089575c7"
		    "5a003f089d2739839dec58b964ec3843" },
		{ 0xaa, 20, NULL, NULL, 0xdd, 50,
		    "773ea91e36800e46854db8ebd09181a7"
		    "2959098b3ef8c122d9635514ced565fe" },
		{ 0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - "
		    "Hash Key First", 0, 0,
		    "60e431591ee0b67f0d8a26aacbf5b77f"
		    "8e0bc6213728c5140546040f0ee37f54" },
	};
	unsigned char key[200], text[200];
	char hex[HMAC_HEX];
	struct hmac h;
	size_t i, nkey, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nkey = (size_t)cases[i].nkey;
		memset(key, cases[i].key, sizeof(key));
		if (cases[i].name != NULL) {
			nkey = strlen(cases[i].name);
			memcpy(key, cases[i].name, nkey);
		}
		n = (size_t)cases[i].n;
		memset(text, cases[i].byte, sizeof(text));
		if (cases[i].text != NULL) {
			n = strlen(cases[i].text);
			memcpy(text, cases[i].text, n);
		}
		hmac_key(&h, key, nkey);
		hmac_text(&h, text, n, hex);
		CHECK_STR(hex, cases[i].want);
	}
}

/* All lengths of keys and texts around the blocks, as OpenSSL has them. */
static void
test_openssl(void)
{
	unsigned char key[300], text[300], md[EVP_MAX_MD_SIZE];
	char hex[HMAC_HEX], want[HMAC_HEX];
	unsigned n, different = 0;
	struct hmac h;
	size_t i, k;

	srand(1);
	for (i = 0; i < sizeof(key); i++) {
		key[i] = (unsigned char)rand();
		text[i] = (unsigned char)rand();
	}
	for (k = 0; k <= 200; k += k < 60 || k > 140 ? 7 : 1) {
		hmac_key(&h, key, k);
		for (i = 0; i < sizeof(text); i++) {
			hmac_text(&h, text, i, hex);
			HMAC(EVP_sha256(), key, (int)k, text, i, md, &n);
			hex_of(md, n, want);
			different += strcmp(hex, want) != 0;
		}
	}
	CHECK_UINT(different, 0);
}

int
main(void)
{

	TEST(test_vectors);
	TEST(test_openssl);
	return (check_done());
}

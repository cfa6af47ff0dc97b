/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sha256.h"

#include "check.h"
#include "lib/base/err.h"

int
main(void)
{
	char hex[SHA256_HEX];
	struct err e = { .class = ERR_NONE };
	struct sha256 *h;

	if (!CHECK((h = sha256_new(&e)) != NULL))
		return (check_done());
	/* FIPS 180-4 examples; the object is used again each time */
	CHECK_INT(sha256_end(h, hex, &e), 0);
	CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	sha256_update(h, "abc", 3);
	CHECK_INT(sha256_end(h, hex, &e), 0);
	CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	sha256_update(h, "abcdbcdecdefdefgefghfghi", 24);
	sha256_update(h, "", 0);
	sha256_update(h, "ghijhijkijkljklmklmnlmnomnopnopq", 32);
	CHECK_INT(sha256_end(h, hex, &e), 0);
	CHECK_STR(hex, "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
	sha256_free(h);
	sha256_free(NULL);
	return (check_done());
}

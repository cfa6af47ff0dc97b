/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "err.h"
#include "hex.h"

struct sha256 {
	EVP_MD_CTX *ctx;
	int failed; /* a call of libcrypto failed: there is no digest */
};

struct sha256 *
sha256_new(struct err *e)
{
	struct sha256 *h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL)) {
		err_set(e, ERR_IO, "SHA-256 is not available");
		sha256_free(h);
		return (NULL);
	}
	return (h);
}

void
sha256_free(struct sha256 *h)
{

	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
sha256_update(struct sha256 *h, const void *p, size_t n)
{

	if (n > 0 && !EVP_DigestUpdate(h->ctx, p, n))
		h->failed = 1;
}

int
sha256_end(struct sha256 *h, char hex[SHA256_HEX], struct err *e)
{
	unsigned char md[32];

	if (!EVP_DigestFinal_ex(h->ctx, md, NULL))
		h->failed = 1;
	if (!EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL))
		h->failed = 1;
	hex_write(md, sizeof(md), hex);
	/* Never return a wrong digest that looks right. */
	if (h->failed)
		return (err_set(e, ERR_BUG, "SHA-256 failed in libcrypto"));
	return (0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/google/jwt.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "check.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Write a key in PEM. */
static void
to_pem(EVP_PKEY *key, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n;

	CHECK_INT(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL,
	    NULL), 1);
	n = BIO_get_mem_data(bio, &p);
	buf_append(out, p, (size_t)n);
	BIO_free(bio);
}

/* Is the token's signature (RFC 7515 5.2) that of the key? */
static void
check_signature(const struct buf *token, EVP_PKEY *key)
{
	const uint8_t *dot = memrchr(token->data, '.', token->len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n;
	struct buf sig;

	if (!CHECK(dot != NULL))
		return;
	n = (size_t)(dot - token->data);
	buf_init(&sig, 4096);
	CHECK_INT(base64_decode(&sig, (const char *)dot + 1,
	    token->len - n - 1), 0);
	CHECK_INT(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key),
	    1);
	CHECK_INT(EVP_DigestVerify(ctx, sig.data, sig.len, token->data, n),
	    1);
	sig.data[0] ^= 1;
	CHECK(EVP_DigestVerify(ctx, sig.data, sig.len, token->data, n) != 1);
	EVP_MD_CTX_free(ctx);
	buf_free(&sig);
}

static void
test_token(EVP_PKEY *key, const char *pem, const char *kid, const char *head)
{
	static const char claims[] = "{\"iss\":\"a\"}";
	struct err e = { .class = ERR_NONE };
	struct buf token, part;
	const char *text, *dot;

	buf_init(&token, 8192);
	buf_init(&part, 8192);
	CHECK_INT(jwt_sign(claims, strlen(claims), kid, pem, &token, &e), 0);
	text = buf_cstr(&token);
	dot = strchr(text, '.');
	CHECK_INT(base64_decode(&part, text, (size_t)(dot - text)), 0);
	CHECK_MEM(part.data, part.len, head);
	text = dot + 1;
	dot = strchr(text, '.');
	buf_reset(&part);
	CHECK_INT(base64_decode(&part, text, (size_t)(dot - text)), 0);
	CHECK_MEM(part.data, part.len, claims);
	check_signature(&token, key);
	buf_free(&token);
	buf_free(&part);
}

/* What is not a key is refused and never quoted. */
static void
test_bad_key(const char *pem)
{
	struct err e = { .class = ERR_NONE };
	struct buf token;

	buf_init(&token, 8192);
	CHECK_INT(jwt_sign("{}", 2, NULL, pem, &token, &e), -1);
	CHECK_INT(e.class, ERR_CONFIG);
	CHECK_STR(e.msg, "private_key is not an RSA key in PEM");
	buf_free(&token);
}

int
main(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
	struct buf pem, other;

	buf_init(&pem, 8192);
	buf_init(&other, 8192);
	to_pem(rsa, &pem);
	to_pem(ec, &other);
	test_token(rsa, buf_cstr(&pem), NULL,
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
	test_token(rsa, buf_cstr(&pem), "k\"1",
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k\\\"1\"}");
	test_bad_key("");
	test_bad_key("c4n4ry");
	test_bad_key(buf_cstr(&other));
	pem.data[pem.len / 2] = '!';
	test_bad_key(buf_cstr(&pem));
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	buf_free(&pem);
	buf_free(&other);
	return (check_done());
}

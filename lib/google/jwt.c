/* SPDX-License-Identifier: Apache-2.0 */
#include "jwt.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"

#define MAX_SIGNATURE 1024 /* bytes; RSA keys of up to 8192 bits */

/* Never ask for the password of a key on a terminal. */
static int
refuse_password(char *p, int size, int writing, void *arg)
{

	(void)p;
	(void)size;
	(void)writing;
	(void)arg;
	return (-1);
}

static EVP_PKEY *
read_private_key(const char *pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
	BIO_free(bio);
	if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		err_set(e, ERR_CONFIG, "private_key is not an RSA key in PEM"
		    "%s", strstr(pem, "\\n") == NULL ? "" : ": it has \\n as "
		    "two characters where lines should end");
		return (NULL);
	}
	return (key);
}

static int
sign_claims(const struct buf *text, const char *pem, struct buf *out, struct err
    *e)
{
	unsigned char sig[MAX_SIGNATURE];
	size_t n = sizeof(sig);
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *key;
	int rc = -1;

	if ((key = read_private_key(pem, e)) == NULL)
		return (-1);
	if ((ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, text->data, text->len) == 1) {
		base64_encode_url(out, sig, n);
		rc = 0;
	} else {
		err_set(e, ERR_CONFIG, "private_key cannot sign");
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (rc);
}

int
jwt_sign(const char *claims, size_t n, const char *kid, const char *pem,
    struct buf *out, struct err *e)
{
	struct buf head, text;
	int rc;

	buf_init(&head, (size_t)4 << 10);
	buf_init(&text, (size_t)64 << 10);
	buf_puts(&head, "{\"alg\":\"RS256\",\"typ\":\"JWT\"");
	if (kid != NULL)
		jsonw_str(&head, "kid", kid);
	buf_putc(&head, '}');
	if (!head.failed)
		base64_encode_url(&text, head.data, head.len);
	buf_putc(&text, '.');
	base64_encode_url(&text, claims, n);
	rc = head.failed || text.failed ? err_nomem(e) : 0;
	if (rc == 0) {
		buf_append(out, text.data, text.len);
		buf_putc(out, '.');
		rc = sign_claims(&text, pem, out, e);
	}
	if (rc == 0 && out->failed)
		rc = err_nomem(e);
	buf_free(&head);
	buf_free(&text);
	return (rc);
}

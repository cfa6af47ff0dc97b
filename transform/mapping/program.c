/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/guard.h"
#include "lib/base/secret.h"
#include "lib/base/zone.h"
#include "pattern.h"

/* Shorter ones first: lengths usually differ. */
static int
order_texts(const void *p, size_t n, const struct text *t)
{

	return (n != t->n ? n < t->n ? -1 : 1 : memcmp(p, t->p, n));
}

static int
order_two_texts(const void *a, const void *b)
{
	const struct text *t = a;

	return (order_texts(t->p, t->n, b));
}

void
program_sort_texts(struct text *t, size_t n)
{

	qsort(t, n, sizeof(*t), order_two_texts);
}

void
program_index_names(struct names *names, struct text *plain)
{
	const struct text *t;

	program_sort_texts(plain, names->nplain);
	names->plain = plain;
	for (t = plain; t < plain + names->nplain; t++)
		names->filter |= program_name_bit(t->p, t->n, t->n);
	for (t = names->star; t < names->star + names->nstar; t++)
		names->star_filter |= t->p[t->n - 1] == '*' ? UINT64_MAX :
		    program_name_bit(t->p, t->n, 0);
}

bool
program_has_text(const struct text *t, size_t n, const void *p, size_t len)
{
	size_t half;
	int c;

	while (n > 0) {
		half = n / 2;
		if ((c = order_texts(p, len, t + half)) == 0)
			return (true);
		if (c > 0) {
			t += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	return (false);
}

int
program_open_secrets(struct program *p, struct err *e)
{
	struct secret *k;
	struct buf key;
	int rc = 0;

	if (p->secrets == NULL)
		return (0);
	guard_process();
	buf_init_secret(&key, SECRET_MAX);
	for (k = p->secrets; k != NULL && rc == 0; k = k->next) {
		if ((rc = secret_read(k->from, &key, e)) == 0)
			hmac_key(&k->key, key.data, key.len);
	}
	buf_free(&key);
	return (rc);
}

void
program_free(struct program *p)
{
	struct secret *k;
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nzone; i++)
		zone_free(p->zone[i]);
	for (k = p->secrets; k != NULL; k = k->next)
		explicit_bzero(&k->key, sizeof(k->key));
	pattern_free(p->patterns);
	pool_free(&p->pool);
	free(p);
}

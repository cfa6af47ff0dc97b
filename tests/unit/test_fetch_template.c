/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/source/template.h"

#include "fetch/counts.h"
#include "fetch/cursor.h"
#include "fetch/paginate.h"
#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "tests/unit/check.h"

static int
get(void *arg, const char *name, size_t n, struct buf *out, struct err *e)
{

	(void)arg;
	if (n == 1 && *name == 'a')
		return (buf_puts(out, "x y") == 0);
	if (n == 4 && memcmp(name, "none", 4) == 0)
		return (0);
	return (err_set(e, ERR_CONFIG, "unknown"));
}

static const char *
expanded(const char *text, bool escape)
{
	static const struct template_vars vars = { get, NULL };
	static struct buf b;
	struct err e = { 0 };

	buf_free(&b);
	buf_init(&b, 100);
	if (template_expand(text, escape, &vars, &b, &e))
		return (NULL);
	return (buf_cstr(&b));
}

static void
test_expand(void)
{
	struct err e = { 0 };
	const char *name;
	size_t n;

	CHECK_STR(expanded("", false), "");
	CHECK_STR(expanded("p {a} q", false), "p x y q");
	CHECK_STR(expanded("/{a}/", true), "/x%20y/");
	CHECK_STR(expanded("{{a}} {none}{a}", false), "{a} x y");
	CHECK_STR(expanded("{b}", false), NULL);
	CHECK_STR(expanded("{", false), NULL);
	CHECK_STR(expanded("}", false), NULL);
	CHECK_STR(expanded("{a", false), NULL);
	CHECK_STR(expanded("{a b}", false), NULL);
	CHECK_STR(expanded("{}", false), NULL);
	CHECK(template_check("{a}{b_c}{env.X}", NULL, NULL, &e) == 0);
	CHECK(template_single("{abc}", &name, &n) && n == 3);
	CHECK(!template_single("{abc} ", &name, &n));
	CHECK(!template_single("{{abc}}", &name, &n));
	CHECK(!template_single("", &name, &n));
	CHECK(template_uses("a{b}c", "b"));
	CHECK(!template_uses("a{bc}{{b}}", "b"));
}

/* A position that is written and read is the same. */
static void
test_cursor(void)
{
	static const struct {
		enum paginate_type type;
		const char *text;
		uint64_t number;
		int64_t window;
		bool first;
	} cases[] = {
		{ PAGINATE_CURSOR, "a\"b\\\n\303\251", 0, 0, false },
		{ PAGINATE_PAGE, "", 7, 0, false },
		{ PAGINATE_OFFSET, "", 1234567890123, 19782, false },
		{ PAGINATE_AUTO, "http://h/?a", 0, 0, false },
		{ PAGINATE_NONE, "", 0, 19782, true },
		{ PAGINATE_NONE, "", 0, 0, true }, /* 1970-01-01 */
	};
	struct paginate_spec spec = { 0 };
	struct paginate_pos p, q;
	struct err e = { 0 };
	static struct counts past, back;
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spec.type = cases[i].type;
		paginate_pos_init(&p);
		paginate_pos_init(&q);
		buf_init(&b, 4096);
		p.number = cases[i].number;
		p.window = cases[i].window;
		p.windows = p.window != 0 || spec.type == PAGINATE_NONE;
		p.first = cases[i].first;
		buf_puts(&p.text, cases[i].text);
		memset(&past, 0, sizeof(past));
		memset(&back, 0, sizeof(back));
		past.past.records = 400;
		past.past.pages = 4;
		past.past.walked = p.first ? 0 : p.windows ? 70 : 400;
		past.past.walked_pages = p.first ? 0 : 3;
		past.past.total = p.first ? COUNTS_UNKNOWN : 90;
		past.past.total_pages = COUNTS_UNKNOWN;
		past.past.claimed = p.windows ? COUNTS_UNKNOWN : 91;
		past.claim_sure = !p.windows;
		memcpy(past.claim, p.windows ? "" : "/a~1b", p.windows ? 1 : 6);
		past.past.claimed_pages = p.windows ? 9 : COUNTS_UNKNOWN;
		past.past.windows = p.windows;
		past.past.proof.by = p.windows ? PROOF_EMPTY : PROOF_NONE;
		past.past.proof.claimed = p.windows ? PROOF_UNCLAIMED : 0;
		past.past.current = true;
		cursor_write(&spec, &p, &past, &b);
		paginate_first(&spec, &q);
		q.windows = p.windows;
		CHECK(cursor_read(&spec, buf_cstr(&b), &q, &back, &e) == 0);
		CHECK(paginate_same(&p, &q));
		CHECK(memcmp(&past.past, &back.past, sizeof(past.past)) == 0);
		CHECK_STR(back.claim, past.claim);
		CHECK(back.claim_sure == past.claim_sure);
		/* Another kind of walk does not take it. */
		spec.type = spec.type == PAGINATE_NEXT ? PAGINATE_PAGE :
		    PAGINATE_NEXT;
		CHECK(cursor_read(&spec, buf_cstr(&b), &q, &back, &e) == -1);
		CHECK_STR(e.code, "bad_cursor");
		err_clear(&e);
		paginate_pos_free(&p);
		paginate_pos_free(&q);
		buf_free(&b);
	}
}

int
main(void)
{

	TEST(test_expand);
	TEST(test_cursor);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "proof.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/number.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"

const char *const proof_names[] = { "none", "total", "pages", "end", "empty",
	"short", "single", "limit", NULL };

void
proof_weaken(struct proof *p, const struct proof *part)
{

	if (part->by > p->by)
		p->by = part->by;
	p->walked += part->walked;
	if (p->claimed == PROOF_UNCLAIMED || part->claimed == PROOF_UNCLAIMED)
		p->claimed = PROOF_UNCLAIMED;
	else
		p->claimed += part->claimed;
}

bool
proof_is_enough(enum proof_by by, enum proof_by least)
{

	return (by != PROOF_NONE && by <= least);
}

void
proof_write(const struct proof *p, struct buf *b)
{

	if (p->by == PROOF_NONE) {
		jsonw_raw(b, "proof", "null", 4);
		return;
	}
	jsonw_member(b, "proof");
	buf_putc(b, '{');
	jsonw_str(b, "by", proof_names[p->by]);
	if (p->claimed == PROOF_UNCLAIMED)
		jsonw_raw(b, "claimed", "null", 4);
	else
		jsonw_u64(b, "claimed", p->claimed);
	jsonw_u64(b, "walked", p->walked);
	buf_putc(b, '}');
}

/* Member ${name} of object ${t}, a whole number; false if it is not one. */
static bool
read_proof_count(const struct scan *s, uint32_t t, const char *name,
    uint64_t *v)
{
	uint32_t i = scan_member(s, t, name, strlen(name));

	return (i != SCAN_NOT_FOUND && s->tok[i].kind == SCAN_NUMBER &&
	    number_u64(scan_ptr(s, i), scan_len(s, i), INT64_MAX, v) == 0);
}

void
proof_read(const struct scan *s, uint32_t t, struct proof *p)
{
	uint32_t proof = scan_member(s, t, "proof", 5), by;
	const char *const *name;

	p->by = PROOF_NONE;
	p->claimed = PROOF_UNCLAIMED;
	p->walked = 0;
	if (proof == SCAN_NOT_FOUND || s->tok[proof].kind != SCAN_OBJECT)
		return;
	by = scan_member(s, proof, "by", 2);
	if (by == SCAN_NOT_FOUND || s->tok[by].kind != SCAN_STRING ||
	    !read_proof_count(s, proof, "walked", &p->walked))
		return;
	if (!read_proof_count(s, proof, "claimed", &p->claimed))
		p->claimed = PROOF_UNCLAIMED;
	for (name = proof_names + PROOF_TOTAL; *name != NULL; name++)
		if (scan_equals(s, by, *name, strlen(*name)))
			p->by = (enum proof_by)(name - proof_names);
}

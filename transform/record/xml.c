/* SPDX-License-Identifier: Apache-2.0 */
#include "xml.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/vector.h"
#include "lib/json/scan.h"

/* The kind of a member of an element. */
enum xml_kind {
	XML_ELEMENT,
	XML_ATTRIBUTE,
	XML_ATTRIBUTES, /* an object of them */
	XML_TEXT,
	XML_NOISE
};

/* A key: its kind and its name, without a prefix. */
struct xml_key {
	enum xml_kind kind;
	const char *name;
	size_t len;
	bool same; /* the name is the key */
};

static bool
is_one_of(const char *p, size_t n, const char *const *names)
{

	for (; *names != NULL; names++)
		if (strlen(*names) == n && memcmp(p, *names, n) == 0)
			return (true);
	return (false);
}

static bool
is_prefixed(const char *p, size_t n, const char *head)
{

	return (n >= strlen(head) && memcmp(p, head, strlen(head)) == 0);
}

/* An attribute ${p}; those of namespaces carry no data. */
static void
take_attribute(const char *p, size_t n, struct xml_key *k)
{
	const char *colon = memchr(p, ':', n);

	k->kind = is_prefixed(p, n, "xmlns") || is_prefixed(p, n, "xsi:") ?
	    XML_NOISE : XML_ATTRIBUTE;
	if (colon != NULL) {
		n -= (size_t)(colon + 1 - p);
		p = colon + 1;
	}
	k->name = p;
	k->len = n;
}

/* Key ${t} if it does not look like the name of an element. */
static void
read_strange_key(const struct scan *s, uint32_t t, struct xml_key *k)
{
	static const char *const texts[] = { "#text", "_", "_text", "$t",
		"__text", "_cdata", "#cdata-section", NULL };
	static const char *const objects[] = { "$", "_attributes",
		"@attributes", NULL };
	static const char *const noise[] = { "?xml", "_declaration",
		"_comment", "#comment", "_instruction", "_doctype", NULL };
	const char *p = (const char *)scan_ptr(s, t), *colon;
	size_t n = scan_len(s, t);
	bool object = s->tok[t + 1].kind == SCAN_OBJECT;

	*k = (struct xml_key){ .kind = XML_ELEMENT, .name = p, .len = n };
	if (object && is_one_of(p, n, objects))
		k->kind = XML_ATTRIBUTES;
	else if (is_one_of(p, n, texts) || (n == 1 && *p == '$')) {
		k->kind = XML_TEXT;
		k->same = is_prefixed(p, n, "#text");
	} else if (is_one_of(p, n, noise))
		k->kind = XML_NOISE;
	else if (is_prefixed(p, n, "@_"))
		take_attribute(p + 2, n - 2, k);
	else if (n > 1 && (*p == '@' || *p == '-')) {
		take_attribute(p + 1, n - 1, k);
		k->same = *p == '@' && (k->len == n - 1 ||
		    k->kind == XML_NOISE);
	} else if ((colon = memchr(p, ':', n)) != NULL) {
		k->kind = is_prefixed(p, n, "xmlns:") ? XML_NOISE :
		    XML_ELEMENT;
		k->name = colon + 1;
		k->len = n - (size_t)(k->name - p);
	} else if (is_prefixed(p, n, "xmlns") && n == 5)
		k->kind = XML_NOISE;
	else
		k->same = true;
}

/* Is it just a name, like nearly all keys? */
static inline bool
is_plain_name(const char *p, size_t n)
{

	if (n == 0 || (uint8_t)((*p | 0x20) - 'a') > 'z' - 'a' ||
	    (*p == 'x' && is_prefixed(p, n, "xmlns")))
		return (false);
	/* SCAN_PAD bytes after a key can be read. */
	return (n > VECTOR_BYTES ? memchr(p, ':', n) == NULL :
	    (vector_mask(vector_load((const uint8_t *)p) == ':') &
	    ((1U << n) - 1)) == 0);
}

/* Key ${t}, of the member whose value follows. */
static inline void
read_key(const struct scan *s, uint32_t t, struct xml_key *k)
{

	*k = (struct xml_key){ .kind = XML_ELEMENT, .same = true,
	    .name = (const char *)scan_ptr(s, t), .len = scan_len(s, t) };
	if (!is_plain_name(k->name, k->len))
		read_strange_key(s, t, k);
}

/* If object ${t} has only a text, its value; or NOT_FOUND. */
static uint32_t
find_only_text(const struct scan *s, uint32_t t)
{
	uint32_t i, text = SCAN_NOT_FOUND;
	struct xml_key k;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
		read_key(s, i, &k);
		if (k.kind == XML_TEXT && text == SCAN_NOT_FOUND)
			text = i + 1;
		else if (k.kind != XML_NOISE)
			return (SCAN_NOT_FOUND);
	}
	return (text);
}

bool
xml_differs(const struct scan *s)
{
	uint32_t t, i;
	struct xml_key k;
	bool plain;

	for (t = 0; t < s->ntok; t++) {
		if (s->tok[t].kind == SCAN_ARRAY && s->tok[t].count == 1)
			return (true);
		if (s->tok[t].kind != SCAN_OBJECT)
			continue;
		plain = false;
		for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
			read_key(s, i, &k);
			if (!k.same)
				return (true);
			plain = plain || k.kind == XML_ELEMENT;
		}
		if (!plain && find_only_text(s, t) != SCAN_NOT_FOUND)
			return (true);
	}
	return (false);
}

static void write_value(const struct scan *s, uint32_t t, struct buf *out);

static void
write_member(const struct scan *s, const char *before, const char *p,
    size_t n, uint32_t t, struct buf *out)
{

	if (out->len > 0 && !out->failed && out->data[out->len - 1] != '{')
		buf_putc(out, ',');
	buf_putc(out, '"');
	buf_puts(out, before);
	buf_append(out, p, n);
	buf_append(out, "\":", 2);
	write_value(s, t, out);
}

/* The members of object ${t}, which are attributes. */
static void
write_attributes(const struct scan *s, uint32_t t, struct buf *out)
{
	struct xml_key k;
	uint32_t i;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
		take_attribute((const char *)scan_ptr(s, i), scan_len(s, i),
		    &k);
		if (k.kind == XML_ATTRIBUTE)
			write_member(s, "@", k.name, k.len, i + 1, out);
	}
}

static void
write_element(const struct scan *s, uint32_t t, struct buf *out)
{
	uint32_t i, text = find_only_text(s, t);
	struct xml_key k;

	if (text != SCAN_NOT_FOUND) {
		write_value(s, text, out);
		return;
	}
	buf_putc(out, '{');
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
		read_key(s, i, &k);
		if (k.kind == XML_ATTRIBUTES)
			write_attributes(s, i + 1, out);
		else if (k.kind == XML_TEXT)
			write_member(s, "", "#text", 5, i + 1, out);
		else if (k.kind == XML_ATTRIBUTE)
			write_member(s, "@", k.name, k.len, i + 1, out);
		else if (k.kind == XML_ELEMENT)
			write_member(s, "", k.name, k.len, i + 1, out);
	}
	buf_putc(out, '}');
}

/* The depth is the scanner's. */
static void
write_value(const struct scan *s, uint32_t t, struct buf *out)
{
	const uint8_t *p;
	size_t n;
	uint32_t i;

	if (s->tok[t].kind == SCAN_OBJECT) {
		write_element(s, t, out);
		return;
	}
	if (s->tok[t].kind != SCAN_ARRAY) {
		p = scan_raw(s, t, &n);
		buf_append(out, p, n);
		return;
	}
	if (s->tok[t].count == 1) {
		write_value(s, t + 1, out);
		return;
	}
	buf_putc(out, '[');
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		if (i > t + 1)
			buf_putc(out, ',');
		write_value(s, i, out);
	}
	buf_putc(out, ']');
}

void
xml_write(const struct scan *s, struct buf *out)
{

	write_value(s, 0, out);
}

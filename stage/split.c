/* SPDX-License-Identifier: Apache-2.0 */
#include "split.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/err.h"

/*
 * The brackets are counted, not matched, and nothing else is checked here:
 * what is between two commas goes to the scanner as it is, and so does the
 * rest.  If all of these are valid, so is the document.
 */
void
split_init(struct split *s, const char *key, split_take *take, void *arg)
{

	memset(s, 0, sizeof(*s));
	s->key = key;
	s->take = take;
	s->arg = arg;
	scan_init(&s->scan);
	buf_init(&s->rest, SPLIT_REST);
	buf_init(&s->item, SPLIT_ITEM);
}

void
split_free(struct split *s)
{

	scan_free(&s->scan);
	buf_free(&s->rest);
	buf_free(&s->item);
}

static bool
is_white_space(uint8_t c)
{

	return (c == ' ' || c == '\n' || c == '\t' || c == '\r');
}

/* Is this byte part of a string, its quotes included? */
static bool
follow_string(struct split *s, uint8_t c)
{

	if (!s->in_string)
		return (s->in_string = c == '"');
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->in_string = false;
	return (true);
}

static void
follow_depth(struct split *s, uint8_t c)
{

	if (c == '{' || c == '[')
		s->depth++;
	else if ((c == '}' || c == ']') && s->depth > 0)
		s->depth--;
}

/* Does the string that ends rest, with its quotes, equal the key? */
static bool
ends_in_key(const struct split *s)
{
	const uint8_t *p = s->rest.data + s->string_at;
	size_t n = s->rest.len - s->string_at, len = strlen(s->key);

	return (n == len + 2 && memcmp(p + 1, s->key, len) == 0);
}

/* A byte outside the array. */
static void
feed_rest(struct split *s, uint8_t c)
{
	bool inside = s->in_string, colon = c == ':' && s->is_key;

	if (follow_string(s, c)) {
		if (!inside)
			s->string_at = s->rest.len;
		buf_putc(&s->rest, c);
		s->is_key = !s->in_string && s->depth == 1 &&
		    !s->rest.failed && ends_in_key(s);
		s->after_colon = false;
		return;
	}
	buf_putc(&s->rest, c);
	if (is_white_space(c))
		return;
	if (c == '[' && s->after_colon) {
		s->in_items = s->found = true;
		s->depth = 0;
	} else {
		follow_depth(s, c);
	}
	s->after_colon = colon;
	s->is_key = false;
}

/* An item ends before a comma or the array's bracket. */
static int
end_item(struct split *s, uint8_t c, struct err *e)
{

	if (c == ',' || s->n > 0 || s->item.len > 0) {
		if (buf_fits(&s->item, ERR_DATA, "it", e) == -1 ||
		    scan_text(&s->scan, s->item.data, s->item.len, e) == -1 ||
		    s->take(s->arg, &s->scan, e) == -1)
			return (err_prefix(e, "item %" PRIu64 " of \"%s\"",
			    s->n, s->key));
		s->n++;
		buf_reset(&s->item);
	}
	if (c == ']') {
		s->in_items = false;
		s->depth = 1;
		buf_putc(&s->rest, c);
	}
	return (0);
}

/* A byte of the array. */
static int
feed_item(struct split *s, uint8_t c, struct err *e)
{

	if (!follow_string(s, c)) {
		if (s->depth == 0 && (c == ',' || c == ']'))
			return (end_item(s, c, e));
		if (s->item.len == 0 && is_white_space(c))
			return (0);
		follow_depth(s, c);
	}
	buf_putc(&s->item, c);
	return (0);
}

int
split_feed(struct split *s, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p, *end = at + n;

	for (; at < end; at++)
		if (!s->in_items)
			feed_rest(s, *at);
		else if (feed_item(s, *at, e) == -1)
			return (-1);
	return (0);
}

const struct scan *
split_end(struct split *s, struct err *e)
{

	if (buf_fits(&s->rest, ERR_DATA, "it", e) == 0 &&
	    scan_text(&s->scan, s->rest.data, s->rest.len, e) == 0)
		return (&s->scan);
	if (s->n > 0)
		err_prefix(e, "without the items of \"%s\"", s->key);
	return (NULL);
}

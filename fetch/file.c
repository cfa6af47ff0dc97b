/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode.h"
#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/http/http.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "page.h"
#include "recording.h"

#define MAX_HEAD 256
#define MAX_LINES_LOOK (1U << 20) /* the first line is no longer */

static bool
has_suffix(const char *path, size_t n, const char *ending)
{
	size_t len = strlen(ending);

	return (n > len && strncasecmp(path + n - len, ending, len) == 0);
}

/* Does the name say that it is lines of JSON? */
static bool
is_named_lines(const char *path)
{
	size_t n = strlen(path);

	if (has_suffix(path, n, ".gz"))
		n -= 3;
	return (has_suffix(path, n, ".ndjson") ||
	    has_suffix(path, n, ".jsonl"));
}

/* Is the first line a complete value, and is there another line? */
static bool
looks_like_lines(const struct buf *body)
{
	const uint8_t *p = body->data, *end, *line;
	struct err e = { .class = ERR_NONE };
	struct scan scan;
	size_t n = body->len;
	bool value;

	page_skip_mark(&p, &n);
	end = p + n;
	line = page_line(&p, end, &n);
	if (line == NULL || n > MAX_LINES_LOOK)
		return (false);
	scan_init(&scan);
	value = scan_text(&scan, line, n, &e) == 0;
	scan_free(&scan);
	return (value && page_line(&p, end, &n) != NULL);
}

/* Does its end show that it is complete?  That of a pipe does not. */
static bool
is_file_whole(const char *path)
{
	struct stat st;

	return (strcmp(path, "-") != 0 || (fstat(STDIN_FILENO, &st) == 0 &&
	    S_ISREG(st.st_mode)));
}

static int
note_format(const char *path, const struct page_spec *spec,
    struct http_response *answer, struct err *e)
{
	bool lines = spec->format == PAGE_NDJSON ||
	    (spec->format == PAGE_AUTO && (is_named_lines(path) ||
	    looks_like_lines(&answer->body)));

	if (lines && !is_file_whole(path))
		return (err_set_code(e, ERR_USAGE, "unframed", "lines from a "
		    "pipe do not show whether all came: give a file, or give "
		    "them to nf-stage --unsealed"));
	buf_puts(&answer->headers, lines ?
	    "content-type: application/x-ndjson\n" :
	    "content-type: application/json\n");
	return (answer->headers.failed ? err_nomem(e) : 0);
}

/* The buffer is full, and there is more. */
static int
refuse_large(struct err *e)
{

	err_clear(e);
	return (err_set_code(e, ERR_DATA, "body_too_large", "larger than is "
	    "allowed (--max-body)"));
}

int
file_answer(const char *path, const struct page_spec *spec, uint64_t max,
    struct http_response *answer, struct err *e)
{
	bool ignored; /* a file declares no charset */

	recording_answer_free(answer);
	buf_init(&answer->headers, MAX_HEAD);
	buf_init(&answer->body, max + SCAN_PAD);
	answer->status = 200;
	answer->retry_after_ms = -1;
	answer->framed = true;
	if (strcmp(path, "-") == 0)
		msg_reading(STDIN_FILENO, "JSON");
	if (io_slurp(path, max, &answer->body, e) == -1)
		return (strcmp(e->code, "too_large") == 0 ? refuse_large(e) :
		    -1);
	answer->received = answer->body.len;
	if ((decode_needed(answer, spec->charset) &&
	    decode_answer(answer, spec->charset, max, &ignored, e) == -1) ||
	    note_format(path, spec, answer, e) == -1) {
		if (e->class == ERR_TEMP)
			e->class = ERR_DATA; /* it would stay cut off */
		return (-1);
	}
	return (buf_reserve(&answer->body, 0) == -1 ? err_nomem(e) : 0);
}

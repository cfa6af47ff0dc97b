/* SPDX-License-Identifier: Apache-2.0 */
#include "msg.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/json/jsonw.h"
#include "msg_limit.h"

#define MAX_MESSAGE 65536U
#define CLEAR_LINE  "\r\033[K"

#define PATIENCE_MS 1000 /* wait for a slow reader of a nonblocking stderr */

/*
 * The tool and the format: set once by app.c for the whole process, but for
 * ${run} and ${clears}, which belong to the one who holds ${writing}.
 */
static struct {
	const char *tool;
	char run[257];       /* a longer run id is cut off */
	const char *trace;   /* TRACEPARENT, W3C Trace Context */
	const char *project; /* GOOGLE_CLOUD_PROJECT */
	int verbose;
	bool json;
	bool terminal;
	bool escapes; /* it supports escape sequences */
	bool colour;
	bool clears; /* a progress line, ours or another tool's, may be shown */
} self = { .tool = "nf" };

/* All threads write messages and progress. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

/* An unknown or dumb terminal gets plain lines. */
static bool
knows_escapes(void)
{
	const char *term = getenv("TERM");

	return (term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0);
}

/* https://no-color.org */
static bool
wants_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return (no == NULL || no[0] == '\0');
}

/*
 * May another tool show its progress on our terminal?  Not if data goes to the
 * terminal: clearing the line would clear data.
 */
static bool
has_neighbour(void)
{
	struct stat in, out;

	return (isatty(STDOUT_FILENO) == 0 &&
	    ((fstat(STDIN_FILENO, &in) == 0 && S_ISFIFO(in.st_mode)) ||
	    (fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode))));
}

void
msg_init(const char *tool, enum msg_format format, int verbose,
    const char *run)
{

	self.tool = tool;
	msg_run(run == NULL ? "" : run);
	self.trace = getenv("TRACEPARENT");
	self.project = getenv("GOOGLE_CLOUD_PROJECT");
	self.verbose = verbose;
	self.terminal = isatty(STDERR_FILENO) == 1;
	self.escapes = self.terminal && knows_escapes();
	self.colour = self.escapes && wants_colour();
	self.clears = self.escapes && has_neighbour();
	self.json = format == MSG_JSON ||
	    (format == MSG_AUTO && !self.terminal);
}

void
msg_run(const char *run)
{

	pthread_mutex_lock(&writing);
	snprintf(self.run, sizeof(self.run), "%s", run);
	pthread_mutex_unlock(&writing);
}

/* If stderr cannot be written or nobody reads it, nothing can be done. */
static void
put_text(const void *p, size_t n)
{
	const char *from = p;
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t done;

	while (n > 0) {
		done = write(STDERR_FILENO, from, n);
		if (done > 0) {
			from += done;
			n -= (size_t)done;
		} else if (done == -1 && errno == EAGAIN) {
			if (poll(&ready, 1, PATIENCE_MS) == 0)
				return;
		} else if (done == 0 || errno != EINTR) {
			return;
		}
	}
}

/*
 * Put ${text}, with the characters that could control a terminal made visible:
 * the control characters of ASCII and of ISO 8859 (U+0080 to U+009F), and bytes
 * that are not UTF-8.
 */
static void
put_clean(struct buf *b, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = strlen(text), len;

	for (; n > 0; p += len, n -= len) {
		len = utf8_sequence(p, n);
		if (len == 0 || p[0] < 0x20 || p[0] == 0x7f ||
		    (p[0] == 0xc2 && p[1] < 0xa0)) {
			buf_printf(b, "\\x%02x", p[0]);
			len = 1;
		} else {
			buf_append(b, p, len);
		}
	}
}

/* A message: people see ${text}, machines get all of it. */
struct message {
	enum msg_severity severity;
	const char *event;
	const char *text;
	const char *key; /* NULL, or a member: ${len} bytes at ${json} */
	const void *json;
	size_t len;
	uint64_t hidden; /* earlier ones of this event, not shown */
	bool echo;        /* another tool's failure is the cause */
	const char *verb; /* of a summary, or NULL */
	bool failed;      /* it is the summary of a failure */
};

static void
put_text_line(struct buf *b, const struct message *m)
{
	enum msg_severity severity = m->severity;
	bool colour = self.colour && severity >= MSG_WARNING && !m->echo;

	if (self.clears)
		buf_puts(b, CLEAR_LINE);
	if (m->echo && self.terminal)
		buf_puts(b, "  "); /* the cause is another message */
	if (colour)
		buf_puts(b, severity == MSG_ERROR ? "\033[31m" :
		    "\033[33m");
	buf_printf(b, "%s%s%s: %s", self.tool, m->verb == NULL ? "" : " ",
	    m->verb == NULL ? "" : m->verb, severity == MSG_WARNING ?
	    "warning: " : m->failed ? "failed: " : "");
	if (colour)
		buf_puts(b, "\033[m");
	put_clean(b, m->text);
	if (m->hidden > 0)
		buf_printf(b, " (%" PRIu64 " more not shown)", m->hidden);
	buf_putc(b, '\n');
}

/* traceparent: version-traceid-parentid-flags. */
static void
put_trace_members(struct buf *b)
{
	const char *t = self.trace;

	if (t == NULL || strlen(t) != 55 || t[2] != '-' || t[35] != '-' ||
	    strspn(t, "0123456789abcdef-") != 55)
		return;
	jsonw_member(b, "logging.googleapis.com/trace");
	if (self.project != NULL && strspn(self.project,
	    "abcdefghijklmnopqrstuvwxyz0123456789-:.") == strlen(self.project))
		buf_printf(b, "\"projects/%.64s/traces/%.32s\"",
		    self.project, t + 3);
	else
		buf_printf(b, "\"%.32s\"", t + 3);
	jsonw_member(b, "logging.googleapis.com/spanId");
	buf_printf(b, "\"%.16s\"", t + 36);
	jsonw_bool(b, "logging.googleapis.com/trace_sampled",
	    (t[54] >= 'a' ? t[54] - 'a' + 10 : t[54] - '0') & 1);
}

static void
put_json_line(struct buf *b, const struct message *m)
{
	static const char *const names[] = { "DEBUG", "INFO", "WARNING",
		"ERROR" };
	char now[CLOCK_TEXT];

	clock_rfc3339(clock_micros(), now);
	buf_putc(b, '{');
	jsonw_str(b, "severity", names[m->severity]);
	jsonw_str(b, "time", now);
	jsonw_str(b, "message", m->text);
	jsonw_str(b, "event", m->event);
	if (m->key != NULL)
		jsonw_raw(b, m->key, m->json, m->len);
	if (m->hidden > 0)
		jsonw_u64(b, "suppressed", m->hidden);
	jsonw_member(b, "logging.googleapis.com/labels");
	buf_putc(b, '{');
	jsonw_str(b, "tool", self.tool);
	if (self.run[0] != '\0')
		jsonw_str(b, "run", self.run);
	buf_putc(b, '}');
	put_trace_members(b);
	buf_puts(b, "}\n");
}

/* Without memory: write only the text. */
static void
write_unbuffered(const char *text)
{
	char line[600];
	int n;

	n = snprintf(line, sizeof(line), "%s: %.500s\n", self.tool, text);
	put_text(line, (size_t)n);
}

static void
write_message(const struct message *m)
{
	struct buf b;

	buf_init(&b, MAX_MESSAGE);
	pthread_mutex_lock(&writing);
	if (self.json)
		put_json_line(&b, m);
	else
		put_text_line(&b, m);
	/* One write, so that lines of several tools do not mix. */
	if (b.failed)
		write_unbuffered(m->text);
	else
		put_text(b.data, b.len);
	pthread_mutex_unlock(&writing);
	buf_free(&b);
}

bool
msg_wants(enum msg_severity severity)
{

	return ((int)severity >= MSG_WARNING - self.verbose);
}

void
msg_object(enum msg_severity severity, const char *event, const char *text,
    const char *key, const void *json, size_t len)
{
	struct message m = { .severity = severity, .event = event,
		.text = text, .key = key, .json = json, .len = len };

	if (!msg_wants(severity))
		return;
	if (severity == MSG_ERROR ||
	    msg_limit_allow(event, clock_mono_ms(), &m.hidden))
		write_message(&m);
}

void
msg_summary(const char *verb, const char *text, const struct err *e,
    const void *json, size_t len)
{
	char line[sizeof(e->msg) + 16];
	struct message m = { .severity = MSG_INFO, .event = "summary",
		.text = text, .key = "summary", .json = json, .len = len };
	struct message rest = { .severity = MSG_INFO,
		.text = "messages like those before" };

	if (self.verbose < 0)
		return;
	while ((rest.event = msg_limit_rest(&rest.hidden)) != NULL)
		write_message(&rest);
	snprintf(line, sizeof(line), "failed: %s", e->msg);
	if (self.json && e->class != ERR_NONE && e->class != ERR_PIPE)
		m.text = line;
	else if (text[0] == '\0')
		m.text = "done";
	m.verb = verb;
	m.failed = e->class != ERR_NONE && e->class != ERR_PIPE;
	if (self.json || text[0] != '\0')
		write_message(&m);
}

void
msg_log(enum msg_severity severity, const char *event, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_object(severity, event, text, NULL, NULL, 0);
}

void
msg_trace(enum msg_severity severity, const char *event, const char *fmt, ...)
{
	char text[2048];
	struct message m = { .severity = severity, .event = event,
		.text = text };
	va_list ap;

	if (!msg_wants(severity))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_message(&m);
}

void
msg_error(const struct err *e)
{
	struct message m = { .severity = MSG_ERROR, .event = "error",
		.text = e->msg, .echo = e->cause != ERR_SELF };
	struct buf code;

	buf_init(&code, 256);
	if (e->code[0] != '\0') {
		jsonw_cstring(&code, e->code);
		m.key = "code";
		m.json = code.data;
		m.len = code.len;
	}
	write_message(&m);
	buf_free(&code);
}

bool
msg_is_terminal(void)
{

	return (self.terminal && !self.json);
}

void
msg_reading(int fd, const char *what)
{
	char text[128];
	struct message m = { .severity = MSG_INFO, .text = text };

	snprintf(text, sizeof(text), "reading %.64s from the terminal; "
	    "Ctrl-D ends the input", what);
	if (msg_is_terminal() && self.verbose >= 0 && isatty(fd) == 1)
		write_message(&m);
}

/* The part that fits on a line without moving the cursor to the next. */
static size_t
count_columns(void)
{
	struct winsize w;

	return (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ?
	    w.ws_col - 1U : 79);
}

void
msg_progress(const char *fmt, ...)
{
	char text[1024];
	struct buf b;
	va_list ap;
	size_t most = sizeof(CLEAR_LINE) - 1 + count_columns(), n;

	if (!msg_is_terminal() || !self.escapes || self.verbose < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, MAX_MESSAGE);
	buf_puts(&b, CLEAR_LINE);
	if (text[0] != '\0')
		buf_printf(&b, "%s: ", self.tool);
	put_clean(&b, text);
	n = b.len < most ? b.len : most;
	while (n < b.len && n > 0 && (b.data[n] & 0xc0) == 0x80)
		n--; /* do not cut a character */
	pthread_mutex_lock(&writing);
	put_text(b.data, n);
	self.clears = true;
	pthread_mutex_unlock(&writing);
	buf_free(&b);
}

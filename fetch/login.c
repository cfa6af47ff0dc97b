/* SPDX-License-Identifier: Apache-2.0 */
#include "login.h"

#include <string.h>

#include "cookies.h"
#include "fetch/source/redact.h"
#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/secret.h"
#include "lib/http/http.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "paginate.h"
#include "request.h"
#include "response.h"
#include "token.h"

/* The context for reading its response. */
struct login {
	const struct auth_spec *spec;
	struct cookies *jar;
	const char *url;
};

/* The variables of the request with their secrets; NULL on error. */
static json_t *
read_secrets(const struct source *login, struct redact *hidden, struct err *e)
{
	json_t *vars = json_object(), *ref;
	const char *name;
	struct buf secret;

	if (vars == NULL)
		err_nomem(e);
	buf_init_secret(&secret, SECRET_MAX);
	json_object_foreach((json_t *)(uintptr_t)login->vars, name, ref) {
		if (e->class != ERR_NONE)
			break;
		if (secret_read(json_string_value(ref), &secret, e) == -1 ||
		    redact_add(hidden, buf_cstr(&secret), e) == -1)
			break;
		if (json_object_set_new(vars, name, json_stringn(
		    (const char *)secret.data, secret.len)) == -1)
			err_set(e, ERR_CONFIG, "secret %s: not UTF-8", name);
	}
	buf_free(&secret);
	if (e->class == ERR_NONE)
		return (vars);
	json_decref(vars);
	return (NULL);
}

/* The token at its pointer, a text or a number, and its lifetime. */
static int
find_token(struct token *t, const struct auth_spec *spec,
    const struct http_response *r, struct err *e)
{
	struct scan s;
	uint32_t at = SCAN_NOT_FOUND, lives = SCAN_NOT_FOUND;
	uint64_t seconds;

	scan_init(&s);
	if (scan_text(&s, r->body.data, r->body.len, e) == 0)
		at = ptr_find(spec->token.ptr, &s, 0);
	else
		err_clear(e);
	if (at != SCAN_NOT_FOUND && s.tok[at].kind == SCAN_STRING)
		(void)scan_string(&s, at, &t->text);
	else if (at != SCAN_NOT_FOUND && s.tok[at].kind == SCAN_NUMBER)
		buf_append(&t->text, scan_ptr(&s, at), scan_len(&s, at));
	if (at != SCAN_NOT_FOUND && spec->expires != NULL)
		lives = ptr_find(spec->expires, &s, 0);
	if (lives != SCAN_NOT_FOUND && number_u64(scan_ptr(&s, lives),
	    scan_len(&s, lives), INT32_MAX, &seconds) == 0)
		token_expire(t, (int64_t)seconds);
	scan_free(&s);
	return (t->text.failed ? err_nomem(e) : 0);
}

static int
take_login(void *arg, struct token *t, const struct http_response *r,
    struct err *e)
{
	const struct login *l = arg;
	const struct auth_spec *spec = l->spec;
	char text[8192];

	buf_free(&t->text);
	t->expires_ms = 0;
	cookies_clear(l->jar);
	cookies_take(l->jar, r, l->url);
	if (spec->token.ptr != NULL) {
		if (find_token(t, spec, r, e) == -1)
			return (-1);
	} else if (spec->token.header != NULL) {
		if (response_header(r, spec->token.header, text,
		    sizeof(text)) == 1)
			buf_puts(&t->text, text);
		explicit_bzero(text, sizeof(text));
	} else {
		return (cookies_count(l->jar) > 0 ? 0 : err_set_code(e,
		    ERR_PERM, "no_token", "the answer sets no cookie"));
	}
	return (t->text.len > 0 ? 0 : err_set_code(e, ERR_PERM, "no_token",
	    "the answer has no token at \"%s\"", spec->token.ptr != NULL ?
	    ptr_text(spec->token.ptr) : spec->token.header));
}

/* Send ${r} and take the token or cookies from its response. */
static int
send_login(struct token *t, struct request *r, const struct auth_spec *spec,
    struct http *h, struct cookies *jar, struct err *e)
{
	struct login l = { .spec = spec, .jar = jar };
	const char *lines[REQUEST_HEADERS + 1];
	struct http_request q = { .method = r->method, .headers = lines,
		.body = r->has_body ? r->body.data : NULL,
		.body_len = r->body.len, .secret = true };

	if (request_lines(r, lines, e) == -1)
		return (-1);
	l.url = q.url = buf_cstr(&r->url);
	if (q.url == NULL)
		return (err_nomem(e));
	return (token_request(h, &q, t, spec->token.ptr == NULL &&
	    spec->token.header == NULL ? TOKEN_REDIRECTS : TOKEN_2XX,
	    take_login, &l, e));
}

int
login_run(struct token *t, const struct auth_spec *spec, struct http *h,
    struct cookies *jar, struct redact *hidden, struct err *e)
{
	struct source login = *spec->login;
	struct request_vars v = { .source = &login };
	struct paginate_pos pos;
	struct request r;
	json_t *vars = read_secrets(spec->login, hidden, e);
	int rc = -1;

	if (vars == NULL)
		return (err_prefix(e, "login"));
	login.vars = vars;
	paginate_pos_init(&pos);
	paginate_first(&login.paginate, &pos);
	v.pos = &pos;
	request_init(&r);
	if (request_build(&r, &v, e) == 0 &&
	    send_login(t, &r, spec, h, jar, e) == 0)
		rc = cookies_hide(jar, hidden, e);
	buf_free(&r.body);
	request_free(&r);
	paginate_pos_free(&pos);
	json_decref(vars);
	return (rc == -1 ? err_prefix(e, "login") : 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "api_words.h"
#include "fetch/source/redact.h"
#include "fetch/source/spec.h"
#include "guess.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "page.h"
#include "signs.h"

#define MAX_WORDS (64U * 1024)

/* Append to ${out} the options that name the records and the next page. */
static void
propose_options(const struct explain *x, struct buf *out)
{
	const struct signs_known known = {
		.not_more = &x->source->not_more,
		.paginate = &x->source->paginate };
	struct err why = { .class = ERR_NONE };
	struct signs signs;

	buf_puts(out, "; try --records ");
	if (!guess_records(x->page, out)) {
		buf_reset(out);
		return;
	}
	if (x->source->file == NULL && /* a file is one page */
	    signs_read(x->page, x->response, &known, &signs, &why) == 0)
		signs_propose(&signs, out);
}

void
explain_answer(const struct explain *x, struct err *e)
{
	const struct err was = *e;
	const char *what = NULL;
	char type[64] = "no media type";
	struct buf words, url, shown;

	buf_init(&words, MAX_WORDS);
	buf_init(&url, MAX_WORDS);
	buf_init(&shown, 4 * MAX_WORDS);
	if (strcmp(was.code, "records_unnamed") == 0)
		propose_options(x, &words);
	else if (strncmp(was.code, "bad_", 4) == 0 &&
	    (what = api_words_received(x->response,
	    x->page->lines)) != NULL)
		buf_printf(&words, ": received %s", what);
	else {
		buf_puts(&words, ": ");
		api_words(x->response, x->hidden, &words);
		if (words.len == 2)
			buf_reset(&words);
	}
	if (buf_cstr(x->url) != NULL)
		redact_url((const char *)x->url->data, &url);
	redact_mask(x->hidden, url.data, url.len, &shown);
	if (http_header(x->response, "content-type", type,
	    sizeof(type)) == -1)
		snprintf(type, sizeof(type), "a long media type");
	err_clear(e);
	if (x->source->file != NULL) /* it was not requested */
		err_set_code(e, was.class, was.code, "%.300s%s",
		    was.msg, buf_cstr(&words) != NULL ? buf_cstr(&words) : "");
	else
		err_set_code(e, was.class, was.code, "%.200s%s (%.120s, "
		    "%.60s)", was.msg, buf_cstr(&words) != NULL ?
		    buf_cstr(&words) : "", buf_cstr(&shown) != NULL ?
		    buf_cstr(&shown) : "", type);
	buf_free(&words);
	buf_free(&url);
	buf_free(&shown);
}

void
explain_certificate(struct err *e)
{
	const struct err was = *e;

	err_clear(e);
	err_set_code(e, was.class == ERR_TEMP ? ERR_CONFIG : was.class,
	    was.code, "%.420s (--cert, --key, --key-password)", was.msg);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "api_error.h"

#include <jansson.h>
#include <stdio.h>

#include "lib/http/http.h"

void
api_error(const struct http_response *a, char text[API_ERROR_MAX])
{
	json_t *root, *error;
	const char *code, *why;

	text[0] = '\0';
	if (a->body.len == 0 || (root = json_loadb((const char *)a->body.data,
	    a->body.len, 0, NULL)) == NULL)
		return;
	error = json_object_get(root, "error");
	code = json_string_value(error);
	if (code == NULL)
		code = json_string_value(json_object_get(error, "status"));
	why = json_string_value(json_object_get(root, "error_description"));
	if (why == NULL)
		why = json_string_value(json_object_get(error, "message"));
	snprintf(text, API_ERROR_MAX, "%s%.60s%s%.160s",
	    code == NULL ? "" : ": ", code == NULL ? "" : code,
	    why == NULL ? "" : ": ", why == NULL ? "" : why);
	json_decref(root);
}

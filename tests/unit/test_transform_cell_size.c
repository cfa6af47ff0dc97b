/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/record/cell_size.h"

#include <string.h>

#include "check.h"

static size_t
value(const char *s)
{

	return (cell_size_value(s, strlen(s)));
}

int
main(void)
{
	static const char row[] =
	    "{\"table\":\"\",\"cells\":{\"f\":{\"q\\\"\":\"\\u00e9\"}}}";

	CHECK_UINT(value("null"), 0);
	CHECK_UINT(value("\"\""), 0);
	CHECK_UINT(value("\"abc\""), 3);
	CHECK_UINT(value("\"\xc3\xa9\""), 2);
	CHECK_UINT(value("\"\\\"\\\\\\n\\/\""), 4);
	CHECK_UINT(value("\"\\u0001\\u007f\""), 2);
	CHECK_UINT(value("\"\\u0080\\u07FF\""), 4);
	CHECK_UINT(value("\"\\u0800\\uffff\""), 6);
	CHECK_UINT(value("\"\\ud83d\\ude00\""), 4);
	CHECK_UINT(value("\"\\uD83D\\uDE00x\\\\\""), 6);
	CHECK_UINT(value("{\"int64\":\"-12\"}"), 8);
	CHECK_UINT(value("{\"base64\":\"\"}"), 0);
	CHECK_UINT(value("{\"base64\":\"YQ==\"}"), 1);
	CHECK_UINT(value("{\"base64\":\"YWI=\"}"), 2);
	CHECK_UINT(value("{\"base64\":\"YWJj\"}"), 3);
	CHECK_UINT(value("{\"base64\":\"YWJjZA==\"}"), 4);
	CHECK_UINT(cell_size_strings(row, strlen(row)),
	    strlen("table" "cells" "f" "q\"") + 2);
	CHECK_UINT(cell_size_strings(row, 0), 0);
	return (check_done());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec.h"

const char *const spec_page_formats[] = { "auto", "json", "ndjson", NULL };

const char *const spec_paginate_types[] = { "auto", "none", "link", "page",
	"offset", "cursor", "next", NULL };

const char *const spec_auth_types[] = { "none", "bearer", "basic", "api_key",
	"oauth2", "google_id", "login", NULL };

const char *const spec_require_proofs[] = { "none", "total", "end", NULL };

const char *const spec_steps[] = { "records", "size", NULL };

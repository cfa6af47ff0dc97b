/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_URI_H
#define NF_LOAD_URI_H

/*
 * Names of targets: bigtable://PROJECT/INSTANCE[/TABLE] and sqlite:FILE.
 */
struct err;

enum uri_kind { URI_BIGTABLE, URI_SQLITE };

struct uri {
	enum uri_kind kind;
	char *project;  /* bigtable */
	char *instance; /* bigtable */
	char *table;    /* bigtable, or NULL */
	char *file;     /* sqlite */
};

/**
 * uri_parse(u, text, e) / uri_free(u):
 * Parse ${text}; ${u} owns the parts.  Return 0 or -1 (ERR_USAGE).
 */
int uri_parse(struct uri *u, const char *text, struct err *e);
void uri_free(struct uri *u);

#endif /* !NF_LOAD_URI_H */

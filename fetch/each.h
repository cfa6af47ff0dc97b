/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EACH_H
#define NF_FETCH_EACH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Fan-out: for each record on stdin one request, or a walk over pages and
 * windows.  Several run at once; their results are written to stdout in the
 * order of the records.  If stdin is sealed, so is stdout: each mark is passed
 * on after all output that precedes it, so a resumed run resumes the list.
 */
struct buf;
struct err;
struct exchange_client;
struct source;
struct stream_out;
struct walk_conf;

struct each_conf {
	bool seal;         /* stdin must be sealed */
	const char *run;   /* run id, must be that of stdin; NULL: any */
	uint64_t prefetch; /* requests under way */
	const struct walk_conf *walk; /* if each record gets a walk */
};

/**
 * each_run(s, conf, c, out, e):
 * Send a request to ${s} through ${c} for each record on stdin and write the
 * responses, or the records with their responses inserted, to ${out}.  Return
 * 0, or -1: the errors of exchange.h, field.h and stream.h, with the line of
 * the record; ERR_USAGE if stdin should be sealed and is not; ERR_DATA with
 * code bad_record for a record into which its response cannot be inserted.
 */
int each_run(const struct source *s, const struct each_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e);

/**
 * each_show(s, out, e):
 * Append the request for the first record on stdin as text for people; nothing
 * if there is no record.  Return 0 or -1.
 */
int each_show(const struct source *s, struct buf *out, struct err *e);

#endif /* !NF_FETCH_EACH_H */

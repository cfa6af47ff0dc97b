/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EACH_H
#define NF_FETCH_EACH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Fan-out: one request for each record on stdin, or a walk over pages and
 * windows, several under way, their answers onto stdout in the order of the
 * records.  If stdin is sealed, so
 * is stdout: its marks are handed on, each after all that came before it,
 * so a resumed run resumes the list.
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
	const struct walk_conf *walk; /* where each record gets a walk */
};

/**
 * each_run(s, conf, c, out, e):
 * Ask ${s} through ${c} about each record on stdin and write the answers, or
 * the records with their answers in them, to ${out}.  Return 0, or -1: what
 * exchange.h, field.h and stream.h say, with the line of the record;
 * ERR_USAGE if stdin should be sealed and is not; ERR_DATA with code
 * bad_record for a record that cannot take its answer in.
 */
int each_run(const struct source *s, const struct each_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e);

/**
 * each_show(s, out, e):
 * Append the request about the first record on stdin as text for people;
 * nothing if absent.  Return 0 or -1.
 */
int each_show(const struct source *s, struct buf *out, struct err *e);

#endif /* !NF_FETCH_EACH_H */

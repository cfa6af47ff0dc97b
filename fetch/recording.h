/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RECORDING_H
#define NF_FETCH_RECORDING_H

#include <stdbool.h>

/*
 * Answers kept in a folder, one file a request, and given again without a
 * network.  A file is named by the sha256 of method, URL and body; what
 * hidden.h hides is in neither URL nor header.  It reads:
 *
 *	GET https://api.example/invoices?page=2
 *	200
 *	content-type: application/json
 *
 *	[...]
 */
struct err;
struct redact;
struct http_response;
struct request;
struct recording;

/**
 * recording_open(dir, play, hidden, e):
 * Record to ${dir}, which is made if need be, or with ${play} play from it.
 * ${hidden} is borrowed.
 * Return the tape, or NULL (ERR_CONFIG, ERR_PERM, ERR_IO).
 */
struct recording *recording_open(const char *dir, bool play,
    const struct redact *hidden, struct err *e);
void recording_close(struct recording *t);

/**
 * recording_plays(t):
 * Return true if answers come from ${t} (NULL: none).
 */
bool recording_plays(const struct recording *t);

/**
 * recording_records(t), recording_record(t, request, shown, answer, e):
 * Return true if ${t} (NULL: none) records.  Keep ${answer}, if
 * it is no passing failure; ${shown} is the URL for people, without
 * credentials.  Return 0 or -1.
 */
bool recording_records(const struct recording *t);
int recording_record(struct recording *t, const struct request *request,
    const char *shown, const struct http_response *answer, struct err *e);

/**
 * recording_play(t, request, answer, e):
 * Fill ${answer} with what was recorded for ${request}.  Return 0, or -1
 * with ERR_CONFIG, code not_recorded.
 */
int recording_play(struct recording *t, const struct request *request,
    struct http_response *answer, struct err *e);

/**
 * recording_answer_free(answer):
 * Free what recording_play filled in; one of all zeros is fine.
 */
void recording_answer_free(struct http_response *answer);

#endif /* !NF_FETCH_RECORDING_H */

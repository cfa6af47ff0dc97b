/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RECORDING_H
#define NF_FETCH_RECORDING_H

#include <stdbool.h>

/*
 * Responses stored in a folder, one file per request, and replayed without a
 * network.  The file name is the sha256 of method, URL and body; the secrets
 * of redact.h are in neither URL nor headers.  The content is:
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
 * Record to ${dir}, which is created if needed, or with ${play} replay from
 * it.  ${hidden} is borrowed.  Return the recording, or NULL (ERR_CONFIG,
 * ERR_PERM, ERR_IO).
 */
struct recording *recording_open(const char *dir, bool play,
    const struct redact *hidden, struct err *e);
void recording_close(struct recording *t);

/**
 * recording_plays(t):
 * Return true if responses come from ${t} (NULL: none).
 */
bool recording_plays(const struct recording *t);

/**
 * recording_records(t), recording_record(t, request, shown, answer, e):
 * Return true if ${t} (NULL: none) records.  Store ${answer}, unless it is a
 * temporary failure; ${shown} is the URL for people, without credentials.
 * Return 0 or -1.
 */
bool recording_records(const struct recording *t);
int recording_record(struct recording *t, const struct request *request,
    const char *shown, const struct http_response *answer, struct err *e);

/**
 * recording_play(t, request, answer, e):
 * Fill ${answer} with the response recorded for ${request}.  Return 0, or -1
 * with ERR_CONFIG, code not_recorded.
 */
int recording_play(struct recording *t, const struct request *request,
    struct http_response *answer, struct err *e);

/**
 * recording_answer_free(answer):
 * Free what recording_play filled in; an all-zero ${answer} is fine.
 */
void recording_answer_free(struct http_response *answer);

#endif /* !NF_FETCH_RECORDING_H */

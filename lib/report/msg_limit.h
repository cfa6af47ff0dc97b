/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_MSG_LIMIT_H
#define NF_LIB_REPORT_MSG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many messages of one event are shown: so many a second; the rest are
 * counted, and the next one that is shown reports them.  Threads may share.
 */
#define MSG_LIMIT_PER_SECOND 10

/**
 * msg_limit_allow(event, now_ms, hidden):
 * Return whether a message of ${event} (a literal) may be shown at
 * ${now_ms}; if so, store in ${hidden} how many were not since the last one.
 */
bool msg_limit_allow(const char *event, int64_t now_ms, uint64_t *hidden);

/**
 * msg_limit_rest(hidden):
 * Return an event of which messages were hidden and nothing has reported
 * that, and store their number in ${hidden}; NULL if nothing is.
 */
const char *msg_limit_rest(uint64_t *hidden);

#endif /* !NF_LIB_REPORT_MSG_LIMIT_H */

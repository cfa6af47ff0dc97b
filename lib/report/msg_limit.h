/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_MSG_LIMIT_H
#define NF_LIB_REPORT_MSG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A limit on the messages of one event per second.  Messages over the limit
 * are counted, and the next one that is shown reports their number.  Safe for
 * use by several threads.
 */
#define MSG_LIMIT_PER_SECOND 10

/**
 * msg_limit_allow(event, now_ms, hidden):
 * Return true if a message of ${event} (a literal) may be shown at ${now_ms};
 * if so, store in ${hidden} how many were hidden since the last one.
 */
bool msg_limit_allow(const char *event, int64_t now_ms, uint64_t *hidden);

/**
 * msg_limit_rest(hidden):
 * Return an event with hidden messages that were not reported yet, and store
 * their number in ${hidden}; NULL if absent.
 */
const char *msg_limit_rest(uint64_t *hidden);

#endif /* !NF_LIB_REPORT_MSG_LIMIT_H */

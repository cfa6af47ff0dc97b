/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_THREAD_H
#define NF_LIB_BASE_THREAD_H

#include <pthread.h>

/*
 * Starting a thread that gets no signals: the main thread gets them.
 */
struct err;

/**
 * thread_start(t, run, arg, e):
 * Start ${run} with ${arg} in a new thread, which the caller joins or
 * detaches.  Return 0 or -1 (ERR_IO).
 */
int thread_start(pthread_t *t, void *(*run)(void *), void *arg,
    struct err *e);

#endif /* !NF_LIB_BASE_THREAD_H */

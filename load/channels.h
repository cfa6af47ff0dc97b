/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CHANNELS_H
#define NF_LOAD_CHANNELS_H

#include <stdbool.h>

/*
 * A pool of gRPC channels to one endpoint, used in turn: one connection has
 * only so many streams and one window.
 */
struct channels;
struct err;
struct grpc_channel;

/**
 * channels_open(endpoint, plaintext, n, user_agent, e) / channels_close(c):
 * ${n} channels to HOST:PORT, over TLS unless ${plaintext}.  Return NULL on
 * error.
 */
struct channels *channels_open(const char *endpoint, bool plaintext,
    unsigned int n, const char *user_agent, struct err *e);
void channels_close(struct channels *c);

/**
 * channels_pick(c):
 * Return the channel whose turn it is.
 */
struct grpc_channel *channels_pick(struct channels *c);

#endif /* !NF_LOAD_CHANNELS_H */

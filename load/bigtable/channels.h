/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_CHANNELS_H
#define NF_LOAD_BIGTABLE_CHANNELS_H

#include <stdbool.h>

/*
 * A pool of gRPC channels to one endpoint, used in turn: one connection has a
 * limited number of streams and one flow-control window.
 */
struct channels;
struct err;
struct grpc_channel;

struct channels_conf {
	const char *endpoint;   /* HOST:PORT */
	bool plaintext;         /* no TLS: an emulator */
	const char *ca_file;    /* certificates to trust (PEM), or NULL */
	unsigned int channels;  /* connections, 1 or more */
	const char *user_agent; /* "nf-load/1.2.3" */
};

/**
 * channels_open(c, e) / channels_close(c):
 * Open c->channels channels to c->endpoint, over TLS unless c->plaintext.  The
 * server's certificate must be signed by a certificate in c->ca_file, or else
 * in $SSL_CERT_FILE, or else by one of gRPC's or the system's.  Return NULL on
 * error (ERR_CONFIG: no such file, no certificates in it).  Closing takes at
 * most five seconds.
 */
struct channels *channels_open(const struct channels_conf *c, struct err *e);
void channels_close(struct channels *c);

/**
 * channels_pick(c):
 * Return the channel whose turn it is.
 */
struct grpc_channel *channels_pick(struct channels *c);

#endif /* !NF_LOAD_BIGTABLE_CHANNELS_H */

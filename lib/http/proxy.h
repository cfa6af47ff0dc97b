/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_PROXY_H
#define NF_LIB_HTTP_PROXY_H

#include <stdbool.h>

/*
 * Settings of the environment for connections: proxies, and the certificates
 * to trust.  The same rules hold for HTTP and gRPC.
 */

/**
 * proxy_find(url):
 * Return the proxy for ${url}, http or https: the value of https_proxy or
 * http_proxy, else of all_proxy; each is tried in lower case first, then in
 * upper case.  Return NULL if no proxy is set, if the host is this machine
 * (proxy_is_local), or if no_proxy lists the host: "*", a name (which includes
 * its subdomains), an address or a network (10.0.0.0/8), separated by commas
 * or spaces.  In a CGI program HTTP_PROXY is ignored, because a client can set
 * it.
 */
const char *proxy_find(const char *url);

/**
 * proxy_is_local(url):
 * Return true if the host of ${url} is this machine (localhost, 127.0.0.0/8,
 * ::1).
 */
bool proxy_is_local(const char *url);

/**
 * proxy_ca_file(option):
 * Return the file of certificates to trust: ${option}, else SSL_CERT_FILE,
 * else NULL for that of the system.
 */
const char *proxy_ca_file(const char *option);

#endif /* !NF_LIB_HTTP_PROXY_H */

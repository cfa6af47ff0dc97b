/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_PROXY_H
#define NF_LIB_HTTP_PROXY_H

#include <stdbool.h>

/*
 * What the environment says of the way to a server: proxies, and the
 * certificates to trust.  One rule for HTTP and gRPC.
 */

/**
 * proxy_find(url):
 * Return the proxy for ${url}, http or https: of https_proxy or http_proxy,
 * else of all_proxy, each in small letters first and then in capitals; or
 * NULL if no proxy is set, for a host of this machine (proxy_is_local), or if
 * no_proxy names the host: "*", a name with all that is under it, an
 * address or a network (10.0.0.0/8), separated by commas or spaces.
 * HTTP_PROXY is not looked at in a CGI program, where a client can set it.
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
 * Return the file of certificates to trust: ${option}, or else
 * SSL_CERT_FILE; or NULL for the system's.
 */
const char *proxy_ca_file(const char *option);

#endif /* !NF_LIB_HTTP_PROXY_H */

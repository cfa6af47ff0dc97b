/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/number.h"

#define MAX_HOST 256 /* bytes of a host's name; DNS has 253 */

/* The value of a variable, or NULL if it is not set or empty. */
static const char *
get_variable(const char *name)
{
	const char *v = getenv(name);

	return (v != NULL && *v != '\0' ? v : NULL);
}

/* Copy the host of ${url}, without brackets; "" if it has none. */
static void
copy_host(const char *url, char out[MAX_HOST])
{
	CURLU *u = curl_url();
	char *host = NULL;
	size_t n;

	out[0] = '\0';
	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		n = strlen(host);
		if (n > 2 && host[0] == '[' && n < MAX_HOST) {
			memcpy(out, host + 1, n - 2);
			out[n - 2] = '\0';
		} else if (n < MAX_HOST) {
			memcpy(out, host, n + 1);
		}
	}
	curl_free(host);
	curl_url_cleanup(u);
}

static bool
is_local_host(const char *host)
{

	if (strncmp(host, "127.", 4) == 0)
		return (host[strspn(host, "0123456789.")] == '\0');
	return (strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "::1") == 0);
}

bool
proxy_is_local(const char *url)
{
	char host[MAX_HOST];

	copy_host(url, host);
	return (is_local_host(host));
}

/* Is the address ${host} in the network ${net}, "10.0.0.0/8"? */
static bool
is_in_network(const char *host, const char *net)
{
	const char *slash = strchr(net, '/');
	int family = strchr(net, ':') != NULL ? AF_INET6 : AF_INET;
	uint64_t bits, most = family == AF_INET6 ? 128 : 32;
	uint8_t a[16], b[16];
	char text[MAX_HOST];
	size_t whole;

	if (slash == NULL || (size_t)(slash - net) >= sizeof(text) ||
	    number_read(slash + 1, 0, most, &bits) == -1)
		return (false);
	memcpy(text, net, (size_t)(slash - net));
	text[slash - net] = '\0';
	if (inet_pton(family, host, a) != 1 || inet_pton(family, text, b) != 1)
		return (false);
	whole = (size_t)bits / 8;
	if (memcmp(a, b, whole) != 0)
		return (false);
	return (bits % 8 == 0 ||
	    (a[whole] ^ b[whole]) >> (8 - bits % 8) == 0);
}

/* Does ${entry} of no_proxy name ${host}? */
static bool
is_named(const char *host, const char *entry)
{
	size_t n, len = strlen(host);

	if (strcmp(entry, "*") == 0 || is_in_network(host, entry))
		return (true);
	if (*entry == '.')
		entry++;
	if ((n = strlen(entry)) == 0 || n > len)
		return (false);
	return (strcasecmp(host + len - n, entry) == 0 &&
	    (n == len || host[len - n - 1] == '.'));
}

static bool
is_exempt_host(const char *host)
{
	const char *list = get_variable("no_proxy");
	char entry[MAX_HOST];
	size_t n;

	if (list == NULL)
		list = get_variable("NO_PROXY");
	while (list != NULL && *list != '\0') {
		n = strcspn(list, ", ");
		if (n > 0 && n < sizeof(entry)) {
			memcpy(entry, list, n);
			entry[n] = '\0';
			if (is_named(host, entry))
				return (true);
		}
		list += n + (list[n] != '\0');
	}
	return (false);
}

const char *
proxy_find(const char *url)
{
	bool tls = strncasecmp(url, "https:", 6) == 0;
	char host[MAX_HOST];
	const char *v;

	if ((v = get_variable(tls ? "https_proxy" : "http_proxy")) == NULL) {
		if (tls)
			v = get_variable("HTTPS_PROXY");
		else if (getenv("REQUEST_METHOD") == NULL)
			v = get_variable("HTTP_PROXY");
	}
	if (v == NULL && (v = get_variable("all_proxy")) == NULL &&
	    (v = get_variable("ALL_PROXY")) == NULL)
		return (NULL);
	copy_host(url, host);
	return (is_local_host(host) || is_exempt_host(host) ? NULL : v);
}

const char *
proxy_ca_file(const char *option)
{

	return (option != NULL ? option : get_variable("SSL_CERT_FILE"));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl for a tool that rarely needs it.  The functions here have the names
 * of libcurl's own; the first call loads libcurl with its 30 libraries.  A tool
 * that always needs libcurl is linked with it instead.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libcurl.so.4" /* the library of curl.h */

/* The argument is passed as a pointer, whatever its type. */
_Static_assert(sizeof(long) == sizeof(void *), "long is a register");
_Static_assert(sizeof(curl_off_t) == sizeof(void *), "so is an offset");

#undef curl_easy_setopt
#undef curl_easy_getinfo

#if LIBCURL_VERSION_NUM >= 0x080000
#define URL_CONST const
#else
#define URL_CONST
#endif

#define FUNCTIONS(F)                                                           \
	F(easy_cleanup) F(easy_getinfo) F(easy_init) F(easy_reset)             \
	F(easy_setopt) F(easy_strerror) F(free) F(getdate) F(global_cleanup)   \
	F(global_init_mem) F(multi_add_handle) F(multi_cleanup)                \
	F(multi_info_read) F(multi_init) F(multi_perform) F(multi_poll)        \
	F(multi_remove_handle) F(multi_wakeup) F(slist_append)                 \
	F(slist_free_all) F(url) F(url_cleanup) F(url_get) F(url_set)          \
	F(version) F(version_info)
#define MEMBER(name) __typeof__(curl_##name) *(name);
#define ENTRY(name) { "curl_" #name, (void **)&real.name },

static struct {
	FUNCTIONS(MEMBER)
} real;

static const struct {
	const char *name;
	void **at;
} entries[] = { FUNCTIONS(ENTRY) };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load_library(void)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	if (lib == NULL)
		return;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if ((*entries[i].at = dlsym(lib, entries[i].name)) == NULL)
			return;
	loaded = true;
}

/*
 * Called by the functions that take no handle.  For the others the library is
 * loaded already, because there is a handle.
 */
static bool
has_library(void)
{

	pthread_once(&once, load_library);
	return (loaded);
}

CURLcode
curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
    curl_realloc_callback r, curl_strdup_callback s, curl_calloc_callback c)
{

	return (has_library() ? real.global_init_mem(flags, m, f, r, s, c) :
	    CURLE_FAILED_INIT);
}

void
curl_global_cleanup(void)
{

	if (has_library())
		real.global_cleanup();
}

char *
curl_version(void)
{
	static char none[] = LIBRARY;

	return (has_library() ? real.version() : none);
}

curl_version_info_data *
curl_version_info(CURLversion age)
{

	return (has_library() ? real.version_info(age) : NULL);
}

time_t
curl_getdate(const char *text, const time_t *unused)
{

	return (has_library() ? real.getdate(text, unused) : -1);
}

void
curl_free(void *p)
{

	if (p != NULL && has_library())
		real.free(p);
}

CURL *
curl_easy_init(void)
{

	return (has_library() ? real.easy_init() : NULL);
}

CURLcode
curl_easy_setopt(CURL *h, CURLoption option, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, option);
	arg = va_arg(ap, void *);
	va_end(ap);
	return (real.easy_setopt(h, option, arg));
}

CURLcode
curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, info);
	arg = va_arg(ap, void *);
	va_end(ap);
	return (real.easy_getinfo(h, info, arg));
}

const char *
curl_easy_strerror(CURLcode code)
{

	return (has_library() ? real.easy_strerror(code) : LIBRARY);
}

void
curl_easy_reset(CURL *h)
{

	real.easy_reset(h);
}

void
curl_easy_cleanup(CURL *h)
{

	real.easy_cleanup(h);
}

CURLM *
curl_multi_init(void)
{

	return (has_library() ? real.multi_init() : NULL);
}

CURLMcode
curl_multi_add_handle(CURLM *m, CURL *h)
{

	return (real.multi_add_handle(m, h));
}

CURLMcode
curl_multi_remove_handle(CURLM *m, CURL *h)
{

	return (real.multi_remove_handle(m, h));
}

CURLMcode
curl_multi_perform(CURLM *m, int *running)
{

	return (real.multi_perform(m, running));
}

CURLMcode
curl_multi_poll(CURLM *m, struct curl_waitfd extra[], unsigned int n, int ms,
    int *ready)
{

	return (real.multi_poll(m, extra, n, ms, ready));
}

CURLMcode
curl_multi_wakeup(CURLM *m)
{

	return (real.multi_wakeup(m));
}

CURLMsg *
curl_multi_info_read(CURLM *m, int *left)
{

	return (real.multi_info_read(m, left));
}

CURLMcode
curl_multi_cleanup(CURLM *m)
{

	return (real.multi_cleanup(m));
}

struct curl_slist *
curl_slist_append(struct curl_slist *list, const char *text)
{

	return (has_library() ? real.slist_append(list, text) : NULL);
}

void
curl_slist_free_all(struct curl_slist *list)
{

	if (list != NULL)
		real.slist_free_all(list);
}

CURLU *
curl_url(void)
{

	return (has_library() ? real.url() : NULL);
}

CURLUcode
curl_url_get(URL_CONST CURLU *u, CURLUPart what, char **part, unsigned int flags)
{

	return (real.url_get(u, what, part, flags));
}

CURLUcode
curl_url_set(CURLU *u, CURLUPart what, const char *part, unsigned int flags)
{

	return (real.url_set(u, what, part, flags));
}

void
curl_url_cleanup(CURLU *u)
{

	if (u != NULL)
		real.url_cleanup(u);
}

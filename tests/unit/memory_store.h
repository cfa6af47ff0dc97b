/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_UNIT_MEMORY_STORE_H
#define NF_TESTS_UNIT_MEMORY_STORE_H

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "lib/base/err.h"
#include "stage/store/store.h"

/*
 * A store of a few small objects in memory, for unit tests of nf-stage.
 */
#define MEMORY_OBJECTS 16
#define MEMORY_SIZE    ((size_t)1 << 20)

struct memory_object {
	char name[STORE_MAX_NAME];
	uint8_t data[MEMORY_SIZE];
	size_t size;
};

struct memory_store {
	struct store base;
	struct memory_object object[MEMORY_OBJECTS];
	size_t n;
	const char *hangs;   /* reading this one lasts until it is cancelled */
	const char *fails;   /* reading this one breaks off */
	atomic_int hanging;
	atomic_int cancelled;
};

static inline void
memory_add(struct memory_store *m, const char *name, const void *p, size_t n)
{
	struct memory_object *o = &m->object[m->n++];

	snprintf(o->name, sizeof(o->name), "%s", name);
	memcpy(o->data, p, n);
	o->size = n;
}

static inline struct memory_object *
memory_find(struct store *s, const char *name)
{
	struct memory_store *m = (struct memory_store *)s;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->object[i].name, name) == 0)
			return (&m->object[i]);
	return (NULL);
}

static inline int
memory_create(struct store *s, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{

	static uint8_t data[MEMORY_SIZE];

	if (memory_find(s, name) != NULL)
		return (0);
	if (store_body_read(body, 0, data, body->size, e) == -1)
		return (-1);
	memory_add((struct memory_store *)s, name, data, body->size);
	info->size = body->size;
	return (1);
}

static inline int
memory_read(struct store *s, const char *name,
    const struct store_info *want, store_sink *sink, void *arg, struct err *e)
{
	struct memory_store *m = (struct memory_store *)s;
	struct memory_object *o = memory_find(s, name);
	const struct timespec tick = { .tv_nsec = 1000000 };

	(void)want;
	if (o == NULL)
		return (0);
	if (m->hangs != NULL && strcmp(m->hangs, name) == 0) {
		atomic_store(&m->hanging, 1);
		while (atomic_load(&m->cancelled) == 0)
			nanosleep(&tick, NULL);
		return (err_set(e, ERR_IO, "cancelled"));
	}
	if (sink(arg, o->data, o->size / 2, e) == -1)
		return (-1);
	if (m->fails != NULL && strcmp(m->fails, name) == 0)
		return (err_set(e, ERR_TEMP, "broke off"));
	if (sink(arg, o->data + o->size / 2, o->size - o->size / 2, e) == -1)
		return (-1);
	return (1);
}

static inline int
memory_list(struct store *s, const char *prefix, enum store_depth depth, store_each *each,
    void *arg, struct err *e)
{
	struct memory_store *m = (struct memory_store *)s;
	struct store_entry entry;
	size_t i;

	(void)depth;
	for (i = 0; i < m->n; i++) {
		if (strncmp(m->object[i].name, prefix, strlen(prefix)) != 0)
			continue;
		memset(&entry, 0, sizeof(entry));
		entry.name = m->object[i].name;
		if (each(arg, &entry, e) == -1)
			return (-1);
	}
	return (0);
}

static inline void
memory_cancel(struct store *s)
{

	atomic_store(&((struct memory_store *)s)->cancelled, 1);
}

static const struct store_ops memory_ops = {
	.create = memory_create,
	.read = memory_read,
	.list = memory_list,
	.cancel = memory_cancel,
};

/* Empty m, which is large: it should be static. */
static inline void
memory_init(struct memory_store *m)
{
	static char uri[] = "memory:///";

	memset(m, 0, sizeof(*m));
	m->base.ops = &memory_ops;
	m->base.uri = uri;
}

#endif /* !NF_TESTS_UNIT_MEMORY_STORE_H */

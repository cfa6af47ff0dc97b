/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_STORE_H
#define NF_STAGE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Storage for runs: objects under one prefix that are created and never
 * replaced.  The backends are file.c and gcs.c; only store_open.c knows which
 * one is used.  Names of objects are relative to the prefix.  Only one thread
 * at a time may use a store.
 */
struct buf;
struct err;
struct metrics;
struct spool;
struct store;

#define STORE_MAX_NAME 1024 /* bytes of a full name, as in Cloud Storage */

/* A listing: names that contain "/" as folders, or all objects. */
enum store_depth { STORE_FLAT, STORE_DEEP };

/* Metadata of a stored object. */
struct store_info {
	uint64_t generation; /* file: 0, a file never changes */
	uint64_t size;       /* bytes */
	uint32_t crc32c;     /* file: 0, not computed */
	int64_t updated;     /* microseconds since 1970 */
};

/* The data to store: bytes in memory or a spool. */
struct store_body {
	const void *data;         /* NULL: see spool */
	const struct spool *spool;
	uint64_t size;
	uint32_t crc32c;
	const char *type;         /* content type */
	const char *meta;         /* custom metadata, a JSON object, or NULL */
};

/* One object in a listing, or one prefix shared by objects ("2026-01/"). */
struct store_entry {
	const char *name; /* ends in "/": a prefix, and info is empty */
	struct store_info info;
};

typedef int store_sink(void *arg, const void *p, size_t n, struct err *e);
typedef int store_each(void *arg, const struct store_entry *entry,
    struct err *e);

/* Other settings of a store; all may be 0. */
struct store_conf {
	const char *endpoint;      /* URL instead of storage.googleapis.com */
	const char *user_project;  /* project billed for requests */
	const char *kms_key;       /* key that encrypts new objects */
	const char *storage_class; /* of new objects */
	const char *token_file, *impersonate; /* see cred.h */
	uint64_t retry_ms;         /* how long to retry */
	uint64_t *retried;         /* counts attempts after the first */
	bool world_readable;       /* a folder: as the umask allows */
	uint64_t *throttled_ms;    /* waited at the server's request */
	struct metrics *metrics;   /* counts requests */
};

/* What a backend can do; see the functions below. */
struct store_ops {
	int (*create)(struct store *s, const char *name,
	    const struct store_body *body, struct store_info *info,
	    struct err *e);
	int (*stat)(struct store *s, const char *name,
	    struct store_info *info, struct err *e);
	/* NULL: visible objects are durable */
	int (*settle)(struct store *s, const char *name, struct err *e);
	int (*read)(struct store *s, const char *name,
	    const struct store_info *want, store_sink *sink, void *arg,
	    struct err *e);
	int (*list)(struct store *s, const char *prefix,
	    enum store_depth depth, store_each *each, void *arg,
	    struct err *e);
	int (*remove)(struct store *s, const char *name, uint64_t generation,
	    struct err *e);
	/* NULL: it has none */
	const char *(*folder)(struct store *s, mode_t *mode);
	void (*cancel)(struct store *s); /* NULL: no call blocks for long */
	void (*close)(struct store *s);
};

/* The head of every backend's own struct. */
struct store {
	const struct store_ops *ops;
	char *uri; /* ends in "/" */
};

/**
 * store_close(s):
 * Release ${s}, which store_open has created; NULL does nothing.
 */
void store_close(struct store *s);

/**
 * store_uri(s):
 * Return the URI, which ends in "/"; valid as long as ${s}.
 */
const char *store_uri(const struct store *s);

/**
 * store_create(s, name, body, info, e):
 * Create object ${name}, complete, checked and durable, or not at all.  Return
 * 1 and fill ${info}; 0 if an object of that name already exists, even if an
 * earlier attempt of this same call created it; -1 on error (ERR_CONFIG if the
 * store cannot create without replacing).
 */
int store_create(struct store *s, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e);

/**
 * store_stat(s, name, info, e):
 * Return 1 and fill ${info}, 0 if there is no object ${name}, -1 on error.
 */
int store_stat(struct store *s, const char *name, struct store_info *info,
    struct err *e);

/**
 * store_settle(s, name, e):
 * Object ${name} was found: make sure that it is durable, so that no later
 * step that relies on it outlives it. (Its creator makes it durable as the
 * last step.) Return 0 or -1.
 */
int store_settle(struct store *s, const char *name, struct err *e);

/**
 * store_read(s, name, want, sink, arg, e):
 * Pass object ${name} to ${sink}, piece by piece in order.  If ${want} is not
 * NULL and its generation is not 0, that generation is tried first; if it does
 * not exist, any object of that name is read, so compare the result.  A lost
 * connection never makes an object seem to end before ${want->size} bytes, and
 * data of two objects are never mixed.  Return 1, 0 if absent, -1 on error
 * (${sink} may have received a part of it).
 */
int store_read(struct store *s, const char *name,
    const struct store_info *want, store_sink *sink, void *arg,
    struct err *e);

/**
 * store_list(s, prefix, depth, each, arg, e):
 * Call ${each} for every name that begins with ${prefix}; if ${depth} is
 * STORE_FLAT, names with a "/" after the prefix are reported once, cut after
 * that "/".  The order is unspecified.  Return 0 or -1.
 */
int store_list(struct store *s, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e);

/**
 * store_remove(s, name, generation, e):
 * Remove object ${name} if its generation is ${generation}.  Return 0 (also if
 * it no longer exists) or -1.
 */
int store_remove(struct store *s, const char *name, uint64_t generation,
    struct err *e);

/**
 * store_folder(s, mode):
 * Return the folder that objects are files in, and their ${mode} before the
 * umask; NULL if they are no files.  Valid as long as ${s}.
 */
const char *store_folder(struct store *s, mode_t *mode);

/**
 * store_cancel(s):
 * Call this from a thread other than the one that uses ${s}: the operation
 * that the other thread is waiting for fails soon, and so does every later
 * operation on ${s}.
 */
void store_cancel(struct store *s);

/**
 * store_slurp(s, name, out, e):
 * Append the small object ${name} to ${out}.  Return 1, 0 if absent, -1 on
 * error.
 */
int store_slurp(struct store *s, const char *name, struct buf *out,
    struct err *e);

/**
 * store_vanished(s, name, e):
 * Report that object ${name} existed but could not be read right afterwards.
 * Fill ${e} (ERR_TEMP) and return -1.
 */
int store_vanished(const struct store *s, const char *name, struct err *e);

/**
 * store_body_read(b, offset, p, n, e):
 * Copy ${n} bytes at ${offset} of ${b}.  Return 0 or -1.
 */
int store_body_read(const struct store_body *b, uint64_t offset, void *p,
    size_t n, struct err *e);

#endif /* !NF_STAGE_STORE_STORE_H */

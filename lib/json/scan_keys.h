/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_KEYS_H
#define NF_LIB_JSON_SCAN_KEYS_H

#include <stdint.h>

/*
 * The scanner's check for duplicate keys in an object.  Keys are compared with
 * escapes resolved.
 */
struct key_hash;
struct scan;

#define SCAN_KEYS_UNIQUE UINT32_MAX
#define SCAN_KEYS_NOMEM (UINT32_MAX - 1)

/**
 * scan_keys_check(s, object):
 * Look for duplicate keys in the complete ${object} of ${s}.  Return
 * SCAN_KEYS_UNIQUE, or the token of a key that appears for the second time, or
 * SCAN_KEYS_NOMEM.
 */
uint32_t scan_keys_check(struct scan *s, uint32_t object);

/**
 * scan_keys_hash(k, s, t):
 * Return the hash of the text of string ${t} of ${s}, with escapes resolved:
 * the same as that of key_hash_bytes for this text.
 */
uint64_t scan_keys_hash(const struct key_hash *k, const struct scan *s,
    uint32_t t);

#endif /* !NF_LIB_JSON_SCAN_KEYS_H */

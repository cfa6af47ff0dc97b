/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_CONF_H
#define NF_LOAD_BIGTABLE_BT_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "load/target.h"

/*
 * Settings of an instance of Bigtable; the strings live as long as it does.
 */
struct bt_conf {
	const char *project, *instance;
	const char *endpoint, *admin_endpoint; /* HOST:PORT, or NULL */
	bool endpoint_given; /* one of them is an option: no emulator */
	bool plaintext;
	const char *ca;          /* PEM, or NULL */
	const char *app_profile; /* or NULL */
	unsigned int channels;
	uint64_t batch_rows, batch_bytes;
	uint64_t batch_age;      /* ms */
	uint64_t requests, held; /* in flight; bytes */
	uint32_t tries;          /* without progress; 1: no retry */
	uint64_t retry_time, attempt_time; /* ms */
	uint64_t timeout;        /* ms for everything; 0: none */
	const char *token_file, *impersonate; /* see cred.h; or NULL */
	struct target_counts counts;
};

#endif /* !NF_LOAD_BIGTABLE_BT_CONF_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_GUARD_H
#define NF_LIB_BASE_GUARD_H

/*
 * Keeping secrets inside the process.
 */

/**
 * guard_process():
 * From now on this process leaves no core, and no other process of the same
 * user can read its memory (prctl(2), PR_SET_DUMPABLE).  Call it before the
 * first secret is read.
 */
void guard_process(void);

#endif /* !NF_LIB_BASE_GUARD_H */

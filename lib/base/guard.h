/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_GUARD_H
#define NF_LIB_BASE_GUARD_H

/*
 * Keeping secrets in the process that was given them.
 */

/**
 * guard_process():
 * From now on nothing of this process is to be found in a core, and no other
 * process of the same user may look into its memory (prctl(2),
 * PR_SET_DUMPABLE).  To be called before the first secret is read.
 */
void guard_process(void);

#endif /* !NF_LIB_BASE_GUARD_H */

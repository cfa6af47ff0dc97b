/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_UNMATCHED_H
#define NF_FETCH_UNMATCHED_H

/*
 * Places that a source names and that no answer had: most often a slip.
 */
struct app;
struct paginate_seen;
struct source;

/**
 * unmatched_report(s, seen, app):
 * Warn of each place that ${s} names and that was in no answer, as ${seen} and
 * the rules of ${s} have it, and add it to the summary of ${app}.
 */
void unmatched_report(const struct source *s,
    const struct paginate_seen *seen, struct app *app);

#endif /* !NF_FETCH_UNMATCHED_H */

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_UNMATCHED_H
#define NF_FETCH_UNMATCHED_H

/*
 * Places that a source names but that no response had: usually a typo.
 */
struct app;
struct paginate_seen;
struct source;

/**
 * unmatched_report(s, seen, app):
 * Warn of each place that ${s} names and that no response had, according to
 * ${seen} and the rules of ${s}, and add it to the summary of ${app}.
 */
void unmatched_report(const struct source *s,
    const struct paginate_seen *seen, struct app *app);

#endif /* !NF_FETCH_UNMATCHED_H */

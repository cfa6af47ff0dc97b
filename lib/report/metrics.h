/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_REPORT_METRICS_H
#define NF_LIB_REPORT_METRICS_H

#include <stdint.h>

/*
 * Counters, gauges and histograms in Prometheus text format, for --metrics.
 * Not safe for use by several threads at the same time.
 */
struct buf;
struct err;
struct metrics;

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE };

/**
 * metrics_new():
 * Return a new set without series, or NULL without memory.  All functions
 * accept NULL and then count nothing.
 */
struct metrics *metrics_new(void);

/**
 * metrics_free(m):
 * Free ${m}; NULL is fine.
 */
void metrics_free(struct metrics *m);

/**
 * metrics_add(m, kind, name, help, labels, v), metrics_set(m, ...):
 * Add ${v} to the series ${name}{${labels}}, or set it to ${v}.  The first use
 * makes the series.  ${labels} is Prometheus text such as `outcome="in"`, or
 * "".  ${name} and ${help} must stay valid.  Without memory the series is left
 * out.
 */
void metrics_add(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v);
void metrics_set(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v);

/**
 * metrics_request(m, code, seconds):
 * Count a finished request in nf_requests_total by its ${code} ("200",
 * "UNAVAILABLE"; "none": there was no response) and its duration in
 * nf_request_duration_seconds.  ${m} may be NULL.
 */
void metrics_request(struct metrics *m, const char *code, double seconds);

/**
 * metrics_batch(m, rows):
 * Count a batch of ${rows} rows that was sent in nf_batch_rows.
 */
void metrics_batch(struct metrics *m, uint64_t rows);

/**
 * metrics_text(m, tool, out):
 * Append all series in text exposition format, each with the label tool.
 */
void metrics_text(const struct metrics *m, const char *tool, struct buf *out);

#endif /* !NF_LIB_REPORT_METRICS_H */

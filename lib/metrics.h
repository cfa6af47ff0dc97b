/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_METRICS_H
#define NF_LIB_METRICS_H

#include <stdint.h>

/*
 * Counters, gauges and histograms in Prometheus text format, for --metrics.
 * Not for use by several threads at once.
 */
struct buf;
struct err;
struct metrics;

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE };

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/**
 * metrics_add(m, kind, name, help, labels, v) / metrics_set(...):
 * Add ${v} to, or set, the series ${name}{${labels}}; it is made when first
 * named.  ${labels} is Prometheus text, `outcome="in"`, or "".  ${name} and
 * ${help} are borrowed for ever.  Without memory the series is left out.
 */
void metrics_add(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v);
void metrics_set(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help, const char *labels, double v);

/**
 * metrics_observe(m, name, help, labels, seconds):
 * Count ${seconds} in a latency histogram (5 ms to 60 s).
 */
void metrics_observe(struct metrics *m, const char *name, const char *help,
    const char *labels, double seconds);

/**
 * metrics_text(m, tool, out):
 * Append all series in text exposition format, each with label tool.
 */
void metrics_text(const struct metrics *m, const char *tool, struct buf *out);

#endif /* !NF_LIB_METRICS_H */

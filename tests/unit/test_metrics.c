/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/report/metrics.h"

#include "lib/base/buf.h"
#include "tests/unit/check.h"

/* A name's series stand together, under one HELP and TYPE. */
static void
test_text(void)
{
	struct metrics *m = metrics_new();
	struct buf b;

	metrics_add(m, METRICS_COUNTER, "a_total", "A.", "k=\"x\"", 2);
	metrics_set(m, METRICS_GAUGE, "b", "B.", "", 1.5);
	metrics_add(m, METRICS_COUNTER, "a_total", "A.", "k=\"y\"", 1);
	metrics_add(m, METRICS_COUNTER, "a_total", "A.", "k=\"x\"", 3);
	buf_init(&b, 4096);
	metrics_text(m, "nf-x", &b);
	CHECK_MEM(b.data, b.len,
	    "# HELP a_total A.\n# TYPE a_total counter\n"
	    "a_total{tool=\"nf-x\",k=\"x\"} 5\n"
	    "a_total{tool=\"nf-x\",k=\"y\"} 1\n"
	    "# HELP b B.\n# TYPE b gauge\nb{tool=\"nf-x\"} 1.5\n");
	buf_free(&b);
	metrics_free(m);
}

static int
has(struct buf *b, const char *line)
{

	return (strstr(buf_cstr(b), line) != NULL);
}

/* Buckets are cumulative, a value on a bound is in its bucket. */
static void
test_histograms(void)
{
	struct metrics *m = metrics_new();
	struct buf b;

	metrics_request(m, "200", 0.005);
	metrics_request(m, "200", 0.3);
	metrics_request(m, "503", 3600);
	metrics_batch(m, 100);
	metrics_batch(m, 101);
	metrics_batch(m, 200000);
	buf_init(&b, 65536);
	metrics_text(m, "t", &b);
	CHECK(has(&b, "nf_requests_total{tool=\"t\",code=\"200\"} 2\n"));
	CHECK(has(&b, "nf_requests_total{tool=\"t\",code=\"503\"} 1\n"));
#define S "nf_request_duration_seconds"
	CHECK(has(&b, S "_bucket{tool=\"t\",le=\"0.005\"} 1\n"));
	CHECK(has(&b, S "_bucket{tool=\"t\",le=\"0.25\"} 1\n"));
	CHECK(has(&b, S "_bucket{tool=\"t\",le=\"0.5\"} 2\n"));
	CHECK(has(&b, S "_bucket{tool=\"t\",le=\"60\"} 2\n"));
	CHECK(has(&b, S "_bucket{tool=\"t\",le=\"+Inf\"} 3\n"));
	CHECK(has(&b, S "_sum{tool=\"t\"} 3600.305\n"));
	CHECK(has(&b, S "_count{tool=\"t\"} 3\n"));
	CHECK(has(&b, "nf_batch_rows_bucket{tool=\"t\",le=\"100\"} 1\n"));
	CHECK(has(&b, "nf_batch_rows_bucket{tool=\"t\",le=\"300\"} 2\n"));
	CHECK(has(&b, "nf_batch_rows_bucket{tool=\"t\",le=\"100000\"} 2\n"));
	CHECK(has(&b, "nf_batch_rows_count{tool=\"t\"} 3\n"));
	buf_free(&b);
	metrics_free(m);
}

/* Who counts nothing hands on NULL. */
static void
test_none(void)
{

	metrics_request(NULL, "none", 1);
	metrics_batch(NULL, 1);
	metrics_add(NULL, METRICS_COUNTER, "a", "A.", "", 1);
	metrics_free(NULL);
	CHECK(1);
}

int
main(void)
{

	TEST(test_text);
	TEST(test_histograms);
	TEST(test_none);
	return (check_done());
}

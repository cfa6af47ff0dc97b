# SPDX-License-Identifier: Apache-2.0
"""usage: generate.py DIR

Write the Grafana dashboards into DIR, one for each kind of data source:
Prometheus (laptops, VMs) and Cloud Monitoring.  Needs grafana-foundation-sdk,
see requirements.txt.  What is committed in dashboards/ is what this writes.
"""
import pathlib
import sys

from grafana_foundation_sdk.builders import dashboard as board
from grafana_foundation_sdk.builders import googlecloudmonitoring as cloud
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

# Each: title, unit, width of 24, expression, legend.
LAST_RUN = [
    ("Exit code", "none", 8,
     'max by (source, tool) (nf_exit_code{source=~"$source"})',
     "{{source}} {{tool}}"),
    ("Age of the newest data", "s", 8,
     'nf:success_age_seconds{source=~"$source",tool="nf-load"}',
     "{{source}}"),
    ("Share refused", "percentunit", 8,
     'nf:reject_ratio{source=~"$source",tool="nf-transform"}', "{{source}}"),
]
RUNS = [
    ("Records of the last run, by tool and outcome", "short", 12,
     'sum by (tool, outcome) (nf_records_total{source=~"$source"})',
     "{{tool}} {{outcome}}"),
    ("Records a second", "short", 12,
     'nf:records_per_second{source=~"$source"}', "{{source}} {{tool}}"),
    ("Bytes of the last run", "bytes", 12,
     'sum by (tool, direction) (nf_bytes_total{source=~"$source"})',
     "{{tool}} {{direction}}"),
    ("Time of the last run", "s", 12,
     'nf_run_duration_seconds{source=~"$source"}', "{{source}} {{tool}}"),
    ("Requests, by code of the answer", "short", 12,
     'sum by (tool, code) (nf_requests_total{source=~"$source"})',
     "{{tool}} {{code}}"),
    ("Time of a request (95 of 100)", "s", 12,
     "histogram_quantile(0.95, sum by (tool, le) "
     '(nf_request_duration_seconds_bucket{source=~"$source"}))', "{{tool}}"),
    ("Rows in a batch (half are smaller)", "short", 12,
     "histogram_quantile(0.5, sum by (source, le) "
     '(nf_batch_rows_bucket{source=~"$source"}))', "{{source}}"),
    ("Requests sent again", "short", 12,
     'nf_retries_total{source=~"$source"}', "{{source}} {{tool}}"),
    ("Held back by the other side", "s", 12,
     'nf_throttled_seconds_total{source=~"$source"}',
     "{{source}} {{tool}}"),
    ("Records refused, by reason", "short", 12,
     'sum by (source, reason) (nf_rejects_total{source=~"$source"})'
     " or vector(0)", "{{source}} {{reason}}"),
    ("Alerts", "short", 12,
     'sum by (alertname, source) (ALERTS{alertname=~"Nf.*"}) or vector(0)',
     "{{alertname}} {{source}}"),
]


def user(metric, more=""):
    """A log-based metric of ours."""
    return (f"logging_googleapis_com:user_{metric}"
            f'{{monitored_resource="global",source=~"$source"{more}}}')


CLOUD = [
    ("Verdicts", "short", 12,
     "sum by (source, outcome) (increase("
     + user("nf_attempts", ',tool="pipeline"') + "[$__interval]))"),
    ("Age of the newest data", "s", 12,
     "sum by (source) (increase(" + user("nf_age_seconds_sum") + "[1h]))"
     " / sum by (source) (increase(" + user("nf_age_seconds_count")
     + "[1h]))"),
    ("Records written, by tool", "short", 12,
     "sum by (tool) (increase(" + user("nf_records_out_sum")
     + "[$__interval]))"),
    ("Bytes written, by tool", "bytes", 12,
     "sum by (tool) (increase(" + user("nf_bytes_out_sum")
     + "[$__interval]))"),
    ("Records refused, by reason", "short", 12,
     "sum by (source, reason) (increase(" + user("nf_rejects_sum")
     + "[$__interval]))"),
    ("Why attempts ended badly", "short", 12,
     "sum by (tool, reason) (increase("
     + user("nf_attempts", ',outcome=~"retry|failed"') + "[$__interval]))"),
    ("Time an attempt takes (95 of 100)", "s", 12,
     "histogram_quantile(0.95, sum by (tool, le) (increase("
     + user("nf_seconds_bucket") + "[1h])))"),
    ("Requests sent again", "short", 12,
     "sum by (tool) (increase(" + user("nf_retries_sum")
     + "[$__interval]))"),
    ("Held back by the other side", "s", 12,
     "sum by (tool) (increase(" + user("nf_throttled_seconds_sum")
     + "[$__interval]))"),
]


def datasource(kind):
    return DataSourceRef(type_val=kind, uid="${datasource}")


def prometheus_panel(panel, title, unit, width, expr, legend):
    target = (prometheus.Dataquery().expr(expr).legend_format(legend)
              .format(PromQueryFormat.TIME_SERIES).ref_id("A"))
    return (panel.title(title).unit(unit).span(width).height(8)
            .datasource(datasource("prometheus")).with_target(target))


def cloud_panel(title, unit, width, expr):
    target = (cloud.CloudMonitoringQuery().query_type("promQL")
              .prom_ql_query(cloud.PromQLQuery().project_name("$project")
                             .expr(expr).step("60s"))
              .ref_id("A"))
    return (timeseries.Panel().title(title).unit(unit).span(width).height(8)
            .datasource(datasource("stackdriver")).with_target(target))


def empty(uid, title, kind):
    return (board.Dashboard(title).uid(uid).tags(["nf-tools"])
            .timezone("browser").refresh("1m").time("now-7d", "now")
            .with_variable(board.DatasourceVariable("datasource")
                           .label("Data source").type(kind)))


def for_prometheus():
    d = (empty("nf-prometheus", "nf-tools: runs (Prometheus)", "prometheus")
         .with_variable(
             board.QueryVariable("source").label("Source").multi(True)
             .datasource(datasource("prometheus"))
             .query("label_values(nf_exit_code, source)").include_all(True)
             .all_value(".*"))
         .with_row(board.Row("The last run")))
    for p in LAST_RUN:
        d = d.with_panel(prometheus_panel(stat.Panel(), *p))
    d = d.with_row(board.Row("Run by run"))
    for p in RUNS:
        d = d.with_panel(prometheus_panel(timeseries.Panel(), *p))
    return d.build()


def for_cloud():
    d = (empty("nf-cloud", "nf-tools: runs (Cloud Monitoring)", "stackdriver")
         .with_variable(board.TextBoxVariable("project").label("Project"))
         .with_variable(board.TextBoxVariable("source").label("Source")
                        .default_value(".*")))
    for p in CLOUD:
        d = d.with_panel(cloud_panel(*p))
    return d.build()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    for name, d in (("nf-prometheus", for_prometheus()),
                    ("nf-cloud", for_cloud())):
        text = JSONEncoder(sort_keys=True, indent=2).encode(d)
        (folder / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()

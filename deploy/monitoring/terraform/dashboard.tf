# SPDX-License-Identifier: Apache-2.0
#
# One page in Cloud Monitoring: what ran, how much, what was refused and why.

locals {
  window = "[$${__interval}]"
  charts = [
    { title = "Verdicts", unit = "1", query = "sum by (source, outcome) (increase(${local.user}attempts{${local.on},tool=\"pipeline\"}${local.window}))" },
    { title = "Age of the newest data", unit = "s", query = "sum by (source) (increase(${local.user}age_seconds_sum{${local.on}}[1h])) / sum by (source) (increase(${local.user}age_seconds_count{${local.on}}[1h]))" },
    { title = "Records written, by tool", unit = "1", query = "sum by (tool) (increase(${local.user}records_out_sum{${local.on}}${local.window}))" },
    { title = "Bytes written, by tool", unit = "By", query = "sum by (tool) (increase(${local.user}bytes_out_sum{${local.on}}${local.window}))" },
    { title = "Records refused, by reason", unit = "1", query = "sum by (source, reason) (increase(${local.user}rejects_sum{${local.on}}${local.window}))" },
    { title = "Share refused", unit = "1", query = "sum by (source) (increase(${local.user}records_rejected_sum{${local.on},tool=\"nf-transform\"}[1h])) / sum by (source) (increase(${local.user}records_in_sum{${local.on},tool=\"nf-transform\"}[1h]))" },
    { title = "Why attempts ended badly", unit = "1", query = "sum by (tool, reason) (increase(${local.user}attempts{${local.on},outcome=~\"retry|failed\"}${local.window}))" },
    { title = "Time an attempt takes (95 of 100)", unit = "s", query = "histogram_quantile(0.95, sum by (tool, le) (increase(${local.user}seconds_bucket{${local.on}}[1h])))" },
    { title = "Requests sent again", unit = "1", query = "sum by (tool) (increase(${local.user}retries_sum{${local.on}}${local.window}))" },
    { title = "Held back by the other side", unit = "s", query = "sum by (tool) (increase(${local.user}throttled_seconds_sum{${local.on}}${local.window}))" },
  ]
}

resource "google_monitoring_dashboard" "nf" {
  dashboard_json = jsonencode({
    displayName = "nf-tools"
    mosaicLayout = {
      columns = 48
      tiles = [for i, c in local.charts : {
        xPos   = i % 2 * 24
        yPos   = floor(i / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = c.title
          xyChart = {
            dataSets = [{
              plotType           = "LINE"
              timeSeriesQuery    = { prometheusQuery = c.query, unitOverride = c.unit }
              minAlignmentPeriod = "60s"
            }]
          }
        }
      }]
    }
  })

  depends_on = [google_logging_metric.counter, google_logging_metric.distribution]
}

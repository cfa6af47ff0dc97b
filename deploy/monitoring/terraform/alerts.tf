# SPDX-License-Identifier: Apache-2.0
#
# Who is woken, and why.  PromQL, so that the same expressions can be tested
# with promtool (tests/deploy/cloud.test.yml).  Each alert has a page in
# docs/runbooks, which is also its text.

locals {
  user = "logging_googleapis_com:user_"
  on   = "monitored_resource=\"global\""

  # Need the hourly check, which Airflow runs.
  of_watch = ["nf-late", "nf-silent"]
  alerts   = { for n, a in local.all : n => a if var.watched || !contains(local.of_watch, n) }
  all = {
    nf-failed = {
      title    = "A run failed for good"
      severity = "CRITICAL"
      duration = "0s"
      query    = <<-EOT
        sum by (source, reason) (
          increase(${local.user}nf_attempts{${local.on},tool="pipeline",outcome="failed"}[15m])
        ) > 0
      EOT
    }
    nf-late = {
      title    = "Data is late"
      severity = "CRITICAL"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}nf_freshness{${local.on},outcome="late"}[90m])
        ) > 0
      EOT
    }
    nf-silent = {
      title    = "Nobody checks whether data is fresh"
      severity = "ERROR"
      duration = "0s"
      query    = <<-EOT
        absent_over_time(${local.user}nf_freshness{${local.on}}[3h])
      EOT
    }
    nf-rejects = {
      title    = "Many records are refused"
      severity = "WARNING"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}nf_records_rejected_sum{${local.on},tool="nf-transform"}[1h])
        ) / sum by (source) (
          increase(${local.user}nf_records_in_sum{${local.on},tool="nf-transform"}[1h])
        ) > ${var.reject_ratio}
      EOT
    }
    nf-retries = {
      title    = "Attempts are repeated, or held back"
      severity = "WARNING"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}nf_attempts{${local.on},tool="pipeline",outcome="retry"}[30m])
        ) >= 5
        or sum by (source) (
          increase(${local.user}nf_throttled_seconds_sum{${local.on}}[30m])
        ) > 600
      EOT
    }
    nf-api-down = {
      title    = "The API does not answer"
      severity = "WARNING"
      duration = "600s"
      query    = <<-EOT
        avg by (host) (
          avg_over_time(monitoring_googleapis_com:uptime_check_check_passed{monitored_resource="uptime_url",check_id=~"nf-.*"}[10m])
        ) < 0.5
      EOT
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.emails)

  display_name = "nf-tools: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_monitoring_alert_policy" "nf" {
  for_each = local.alerts

  display_name          = "${each.key}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for c in google_monitoring_notification_channel.email : c.name]

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query                     = trimspace(each.value.query)
      duration                  = each.value.duration
      evaluation_interval       = "60s"
      disable_metric_validation = true # the metric comes with its first entry
      alert_rule                = replace(title(replace(each.key, "-", " ")), " ", "")
      rule_group                = "nf"
    }
  }

  documentation {
    subject   = "nf-tools: ${each.value.title}"
    mime_type = "text/markdown"
    content   = file("${path.module}/../../../docs/runbooks/${each.key}.md")

    dynamic "links" {
      for_each = var.runbooks == null ? [] : ["${var.runbooks}/${each.key}.md"]
      content {
        display_name = "Runbook"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [
    google_logging_metric.counter,
    google_logging_metric.distribution,
    google_monitoring_uptime_check_config.api,
  ]
}

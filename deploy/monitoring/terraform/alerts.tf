# SPDX-License-Identifier: Apache-2.0
#
# Who is woken, and why.  PromQL, so that the same expressions can be tested
# with promtool (tests/deploy/cloud.test.yml).  Each alert has a page in
# docs/runbooks, which is also its text.

locals {
  user = "logging_googleapis_com:user_${local.m}_"
  on   = "monitored_resource=\"global\""

  asked  = { for n, s in var.sources : n => s if s.uptime }
  alerts = { for n, a in local.all : n => a if length(local.asked) > 0 || n != "nf-api-down" }

  # Burn of the error budget of each source: of what may go wrong in 28 days,
  # a tenth in six hours, or as much in three days as would use it up.
  bad = {
    attempts = { metric = "attempts", of = "tool=\"pipeline\",", good = "ok", bad = "failed" }
    fresh    = { metric = "freshness", of = "", good = "ok", bad = "late" }
  }
  burn = { for n, b in local.bad : n => [for w in [{ over = "6h", rate = 0.1 * 28 * 4 }, { over = "3d", rate = 1 }] : join("", [
    "(sum by (source) (increase(${local.user}${b.metric}{${local.on},${b.of}outcome=\"${b.bad}\"}[${w.over}]))",
    " / sum by (source) (increase(${local.user}${b.metric}{${local.on},${b.of}outcome=~\"${b.good}|${b.bad}\"}[${w.over}])))",
    " > ${w.rate * (1 - var.goals[n])}",
  ])] }
  bigtable = "monitored_resource=\"bigtable_cluster\",instance=\"${var.instance}\""
  all = {
    nf-failed = {
      title    = "A run failed for good"
      severity = "CRITICAL"
      duration = "0s"
      query    = <<-EOT
        sum by (source, reason) (
          increase(${local.user}attempts{${local.on},tool="pipeline",outcome="failed"}[15m])
        ) > 0
      EOT
    }
    nf-late = {
      title    = "Windows are late: data is missing"
      severity = "CRITICAL"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}freshness{${local.on},outcome="late"}[90m])
        ) > 0
      EOT
    }
    nf-silent = {
      title    = "Nobody looks at the ledgers"
      severity = "ERROR"
      duration = "0s"
      query    = <<-EOT
        absent_over_time(${local.user}freshness{${local.on}}[3h])
      EOT
    }
    nf-rejects = {
      title    = "Many records are refused"
      severity = "WARNING"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}records_rejected_sum{${local.on},tool="nf-transform"}[1h])
        ) / sum by (source) (
          increase(${local.user}records_in_sum{${local.on},tool="nf-transform"}[1h])
        ) > ${var.reject_ratio}
      EOT
    }
    nf-retries = {
      title    = "Attempts are repeated, or held back"
      severity = "WARNING"
      duration = "0s"
      query    = <<-EOT
        sum by (source) (
          increase(${local.user}attempts{${local.on},tool="pipeline",outcome="retry"}[6h])
        ) >= 6
        or sum by (source) (
          increase(${local.user}throttled_seconds_sum{${local.on}}[30m])
        ) > 600
      EOT
    }
    # A budget of 5 % is used up at once by a run a day that fails, so for
    # attempts only the slow window says something.
    nf-burn = {
      title    = "The error budget is being used up"
      severity = "WARNING"
      duration = "0s"
      query    = join(" or ", [local.burn.fresh[0], local.burn.fresh[1], local.burn.attempts[1]])
    }
    nf-bigtable-cpu = {
      title    = "Bigtable has too few nodes"
      severity = "WARNING"
      duration = "1800s"
      query    = "max by (cluster) (avg_over_time(bigtable_googleapis_com:cluster_cpu_load{${local.bigtable}}[10m])) > 0.9"
    }
    nf-bigtable-hot = {
      title    = "One node of Bigtable does the work of all"
      severity = "WARNING"
      duration = "1800s"
      query    = "max by (cluster) (avg_over_time(bigtable_googleapis_com:cluster_cpu_load_hottest_node{${local.bigtable}}[10m])) > 0.95 unless max by (cluster) (avg_over_time(bigtable_googleapis_com:cluster_cpu_load{${local.bigtable}}[10m])) > 0.9"
    }
    nf-bigtable-full = {
      title    = "Bigtable is running full"
      severity = "ERROR"
      duration = "600s"
      query    = "max by (cluster) (max_over_time(bigtable_googleapis_com:cluster_storage_utilization{${local.bigtable}}[30m])) > 0.7"
    }
    nf-api-down = {
      title    = "The API does not answer"
      severity = "WARNING"
      duration = "600s"
      query    = <<-EOT
        avg by (host) (
          avg_over_time(monitoring_googleapis_com:uptime_check_check_passed{monitored_resource="uptime_url",check_id=~"${var.prefix}-.*"}[10m])
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

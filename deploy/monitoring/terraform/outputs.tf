# SPDX-License-Identifier: Apache-2.0

output "metrics" {
  description = "Names of the log-based metrics."
  value = concat(
    [for m in google_logging_metric.counter : m.name],
    [for m in google_logging_metric.distribution : m.name],
    [google_logging_metric.rejects.name, google_logging_metric.age.name],
  )
}

output "alerts" {
  description = "Names of the alerts."
  value       = keys(local.alerts)
}

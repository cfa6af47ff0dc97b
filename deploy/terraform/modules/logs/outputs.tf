# SPDX-License-Identifier: Apache-2.0

output "name" {
  description = "Name of the log that nf_report.py writes."
  value       = "${var.prefix}-run"
}

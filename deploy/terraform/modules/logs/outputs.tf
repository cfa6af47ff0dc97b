# SPDX-License-Identifier: Apache-2.0

output "log" {
  description = "Full name of the log nf-run."
  value       = "projects/${var.project}/logs/nf-run"
}

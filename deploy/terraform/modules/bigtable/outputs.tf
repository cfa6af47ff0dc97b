# SPDX-License-Identifier: Apache-2.0

output "instance" {
  description = "Name of the instance."
  value       = local.instance
}

output "tables" {
  description = "Names of the tables."
  value       = { for n, t in google_bigtable_table.nf : n => t.name }
}

output "app_profile" {
  description = "Id of the app profile of nf-load."
  value       = google_bigtable_app_profile.batch.app_profile_id
}

output "facts" {
  description = "Clusters and GC rules, as the file acknowledged has them."
  value       = local.facts
}

# SPDX-License-Identifier: Apache-2.0

output "instance" {
  description = "Name of the instance."
  value       = google_bigtable_instance.nf.name
}

output "tables" {
  description = "Names of the tables."
  value       = { for n, t in google_bigtable_table.nf : n => t.name }
}

output "app_profile" {
  description = "Id of the app profile of nf-load."
  value       = google_bigtable_app_profile.batch.app_profile_id
}

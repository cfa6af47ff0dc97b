# SPDX-License-Identifier: Apache-2.0

output "index" {
  description = "The repository of the wheel, as pip reads it."
  value       = local.index
}

output "airflow" {
  description = "Address of Airflow's pages."
  value       = google_composer_environment.nf.config[0].airflow_uri
}

# SPDX-License-Identifier: Apache-2.0

output "upload" {
  description = "Where wheels are uploaded to."
  value       = local.upload
}

output "repositories" {
  description = "Ids of the repositories that pip reads, by purpose."
  value = {
    own     = "${var.prefix}-python"
    public  = "${var.prefix}-python-public"
    virtual = "${var.prefix}-python-all"
  }
  depends_on = [google_artifact_registry_repository.virtual]
}

output "airflow" {
  description = "Address of Airflow's pages."
  value       = google_composer_environment.nf.config[0].airflow_uri
}

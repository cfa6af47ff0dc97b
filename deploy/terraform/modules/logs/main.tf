# SPDX-License-Identifier: Apache-2.0
#
# The log is kept longer than the default bucket keeps logs, in a
# bucket of its own that Log Analytics can query.  A sink to a bucket of the
# same project needs no grant.

resource "google_logging_project_bucket_config" "nf" {
  project          = var.project
  location         = var.region
  bucket_id        = "${var.prefix}-run"
  description      = "One entry per stage attempt."
  retention_days   = var.retention_days
  enable_analytics = true
  deletion_policy  = var.deletion_policy
}

resource "google_logging_project_sink" "nf" {
  name                   = "${var.prefix}-run"
  description            = "The log nf-run to its own bucket."
  destination            = "logging.googleapis.com/projects/${var.project}/locations/${var.region}/buckets/${google_logging_project_bucket_config.nf.bucket_id}"
  filter                 = "logName=\"projects/${var.project}/logs/${var.prefix}-run\""
  unique_writer_identity = true
}

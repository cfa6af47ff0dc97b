# SPDX-License-Identifier: Apache-2.0
#
# nf-fetch | nf-stage as a function (Cloud Functions 2nd gen), called by
# Composer, or, without Composer, by Cloud Scheduler: never by both.  The function owns its
# deadline and answers 202 before the platform's; the next call goes on.

locals {
  # The platform's deadline; Scheduler gives up 60 s after it.
  timeout   = 1740
  scheduled = { for n, s in var.sources : n => s if s.schedule != null && var.scheduled }
  secrets   = toset(flatten([for s in values(var.sources) : s.secrets]))
}

# The name is the content, so new sources make a new revision.
resource "google_storage_bucket_object" "source" {
  name   = "function/${filesha256(var.function.source)}.zip"
  bucket = var.artifacts
  source = var.function.source
}

resource "google_artifact_registry_repository" "images" {
  location        = var.region
  repository_id   = "${var.prefix}-images"
  description     = "Images of the function."
  format          = "DOCKER"
  kms_key_name    = var.key
  deletion_policy = var.deletion_policy
}

resource "google_cloudfunctions2_function" "fetch" {
  name         = "${var.prefix}-fetch"
  location     = var.region
  description  = "Fetches from an API and stages the run."
  kms_key_name = var.key

  build_config {
    runtime           = "python312"
    entry_point       = "fetch"
    service_account   = "projects/${var.project}/serviceAccounts/${var.accounts.build}"
    docker_repository = google_artifact_registry_repository.images.id

    source {
      storage_source {
        bucket = google_storage_bucket_object.source.bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = var.accounts.fetch
    timeout_seconds                  = local.timeout
    available_cpu                    = "1"
    available_memory                 = var.function.memory
    max_instance_count               = var.function.max_instances
    max_instance_request_concurrency = 1
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    direct_vpc_egress                = var.network == null ? null : "VPC_EGRESS_ALL_TRAFFIC"

    environment_variables = {
      NF_PROJECT = var.project
      NF_REPORT  = "cloud"
      NF_LOG     = "${var.prefix}-run"
      NF_STAGING = "gs://${var.staging}"
      NF_SOURCES = jsonencode(var.sources)
      NF_TIMEOUT = local.timeout
    }

    dynamic "direct_vpc_network_interface" {
      for_each = var.network == null ? [] : [var.network]
      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnet
      }
    }
    # Files, not environment: a new version needs no new revision.
    dynamic "secret_volumes" {
      for_each = local.secrets
      content {
        mount_path = "/secrets/${secret_volumes.value}"
        project_id = var.project
        secret     = var.secrets[secret_volumes.value]

        versions {
          version = "latest"
          path    = "value"
        }
      }
    }
  }
}

resource "google_cloud_scheduler_job" "fetch" {
  for_each = local.scheduled

  name             = "${var.prefix}-fetch-${each.key}"
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = each.value.time_zone
  attempt_deadline = "1800s"

  # A run that is not complete is answered 503: the next attempt goes on from
  # there.  Five more attempts are all that there can be, so they wait: an API
  # may be away for two hours.
  retry_config {
    retry_count          = 5
    min_backoff_duration = "300s"
    max_backoff_duration = "3600s"
    max_doublings        = 4
  }

  http_target {
    uri         = google_cloudfunctions2_function.fetch.service_config[0].uri
    http_method = "POST"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ source = each.key }))

    oidc_token {
      service_account_email = var.accounts.scheduler
      audience              = google_cloudfunctions2_function.fetch.service_config[0].uri
    }
  }
}

# A function that is replaced is a new service without the grants of the old.
resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = var.callers

  name     = google_cloudfunctions2_function.fetch.name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.fetch]
  }
}

# SPDX-License-Identifier: Apache-2.0
#
# What fetches and stages as a function (Cloud Functions 2nd gen), called by
# Composer and, if it is to take events, by Pub/Sub.  The function owns its
# deadline and answers 202 before the platform's; the next call goes on.

locals {
  timeout = 1740 # the platform's deadline
  events  = var.function.events ? toset(["fetch", "dead"]) : toset([])
  agent   = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
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

    environment_variables = merge(var.env, { NF_TIMEOUT = local.timeout })

    dynamic "direct_vpc_network_interface" {
      for_each = var.network == null ? [] : [var.network]
      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnet
      }
    }
    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = secret_environment_variables.value
        version    = "latest"
      }
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

# Messages {"job": NAME, "window": WINDOW} for the function.  One that no run
# comes of, or whose run fails for long, ends in the topic nf-dead.
resource "google_pubsub_topic" "events" {
  for_each = local.events

  name         = "${var.prefix}-${each.key}"
  kms_key_name = var.key
}

resource "google_pubsub_subscription" "fetch" {
  count = var.function.events ? 1 : 0

  name                 = "${var.prefix}-fetch"
  topic                = google_pubsub_topic.events["fetch"].id
  ack_deadline_seconds = 600
  expiration_policy {
    ttl = ""
  }
  retry_policy {
    minimum_backoff = "60s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.events["dead"].id
    max_delivery_attempts = 20
  }
  push_config {
    push_endpoint = google_cloudfunctions2_function.fetch.service_config[0].uri
    oidc_token {
      service_account_email = var.accounts.fetch
    }
  }
}

# Kept for people to look at.
resource "google_pubsub_subscription" "dead" {
  count = var.function.events ? 1 : 0

  name                       = "${var.prefix}-dead"
  topic                      = google_pubsub_topic.events["dead"].id
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "dead" {
  count = var.function.events ? 1 : 0

  topic  = google_pubsub_topic.events["dead"].id
  role   = "roles/pubsub.publisher"
  member = local.agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  count = var.function.events ? 1 : 0

  subscription = google_pubsub_subscription.fetch[0].id
  role         = "roles/pubsub.subscriber"
  member       = local.agent
}

# SPDX-License-Identifier: Apache-2.0
#
# Composer 3.  The bucket is ours, so that pip.conf, which names the
# repository of packages, is there before the environment installs from it.
#
# The repository is a virtual one, and the only one that pip asks: a package
# of ours is taken from ours, whatever others publish under its name.

locals {
  host   = "https://${var.region}-python.pkg.dev/${var.project}"
  index  = "${local.host}/${google_artifact_registry_repository.virtual.repository_id}/simple/"
  upload = "${local.host}/${google_artifact_registry_repository.python["own"].repository_id}/"

  resilient = var.composer.resilience == "HIGH_RESILIENCE"
  twice     = local.resilient ? 2 : 1
  workers   = max(var.composer.min_workers, local.twice)
}

# Wheels of nf-tools, for Composer and laptops; and everybody else's packages.
resource "google_artifact_registry_repository" "python" {
  for_each = { own = "Wheels of nf-tools.", public = "What others publish." }

  location        = var.region
  repository_id   = each.key == "own" ? "${var.prefix}-python" : "${var.prefix}-python-${each.key}"
  description     = each.value
  format          = "PYTHON"
  mode            = each.key == "own" ? "STANDARD_REPOSITORY" : "REMOTE_REPOSITORY"
  kms_key_name    = var.key
  deletion_policy = var.deletion_policy

  dynamic "remote_repository_config" {
    for_each = each.key == "own" ? [] : [true]
    content {
      python_repository {
        public_repository = "PYPI"
      }
    }
  }
}

resource "google_artifact_registry_repository" "virtual" {
  location        = var.region
  repository_id   = "${var.prefix}-python-all"
  description     = "Ours before everybody else's."
  format          = "PYTHON"
  mode            = "VIRTUAL_REPOSITORY"
  kms_key_name    = var.key
  deletion_policy = var.deletion_policy

  virtual_repository_config {
    upstream_policies {
      id         = "own"
      repository = google_artifact_registry_repository.python["own"].id
      priority   = 100
    }
    upstream_policies {
      id         = "public"
      repository = google_artifact_registry_repository.python["public"].id
      priority   = 1
    }
  }
}

resource "google_storage_bucket_object" "pip" {
  bucket  = var.bucket
  name    = "config/pip/pip.conf"
  content = "[global]\nindex-url = ${local.index}\n"
}

# Here and not in the environment, whose change ends all tasks that run.
resource "google_storage_bucket_object" "job" {
  for_each = var.jobs

  bucket = var.bucket
  name   = "data/jobs/${each.key}"
  source = each.value
}

resource "google_storage_bucket_object" "dag" {
  for_each = var.dags

  bucket = var.bucket
  name   = "dags/${each.key}"
  source = each.value
}

resource "google_composer_environment" "nf" {
  name            = var.prefix
  region          = var.region
  deletion_policy = var.deletion_policy

  storage_config {
    bucket = google_storage_bucket_object.pip.bucket
  }

  config {
    environment_size           = var.composer.size
    resilience_mode            = var.composer.resilience
    enable_private_environment = true

    software_config {
      image_version = var.composer.image.version
      env_variables = var.env
      pypi_packages = merge(
        var.composer.packages,
        var.wheel ? { nf-tools = "==${var.release}" } : {},
      )
    }

    node_config {
      service_account = var.account
      network         = var.network.network
      subnetwork      = var.network.subnet
    }

    workloads_config {
      scheduler {
        cpu        = 1
        memory_gb  = 2
        storage_gb = 1
        count      = local.twice
      }
      dag_processor {
        cpu        = 1
        memory_gb  = 2
        storage_gb = 1
        count      = local.twice
      }
      # Only a batch of Spark is waited for without a worker.
      triggerer {
        cpu       = 0.5
        memory_gb = 1
        count     = var.triggerer ? local.twice : 0
      }
      web_server {
        cpu        = 1
        memory_gb  = 2
        storage_gb = 1
      }
      worker {
        cpu        = 2
        memory_gb  = 4
        storage_gb = 10
        min_count  = local.workers
        max_count  = max(var.composer.max_workers, local.workers)
      }
    }

    dynamic "maintenance_window" {
      for_each = var.composer.maintenance_window == null ? [] : [var.composer.maintenance_window]
      content {
        start_time = maintenance_window.value.start_time
        end_time   = maintenance_window.value.end_time
        recurrence = maintenance_window.value.recurrence
      }
    }

    dynamic "web_server_network_access_control" {
      for_each = length(var.composer.web_access) > 0 ? [true] : []
      content {
        dynamic "allowed_ip_range" {
          for_each = var.composer.web_access
          content {
            value = allowed_ip_range.value
          }
        }
      }
    }

    dynamic "encryption_config" {
      for_each = var.key == null ? [] : [var.key]
      content {
        kms_key_name = encryption_config.value
      }
    }
  }
}

# SPDX-License-Identifier: Apache-2.0
#
# Composer 3.  The bucket is ours, so that pip.conf, which names the
# repository of the wheel, is there before the environment installs from it.

locals {
  index = "https://${var.region}-python.pkg.dev/${var.project}/${var.repository.repository_id}/simple/"
}

resource "google_storage_bucket_object" "pip" {
  bucket  = var.bucket
  name    = "config/pip/pip.conf"
  content = "[global]\nextra-index-url = ${local.index}\n"
}

resource "google_storage_bucket_object" "dag" {
  for_each = var.dags

  bucket = var.bucket
  name   = "dags/${each.key}"
  source = each.value
}

resource "google_storage_bucket_object" "mapping" {
  for_each = { for f in var.mapping_files : basename(f) => f }

  bucket = var.bucket
  name   = "data/mappings/${each.key}"
  source = each.value
}

resource "google_composer_environment" "nf" {
  name            = "nf"
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
      image_version = var.composer.image_version
      env_variables = var.env
      pypi_packages = merge(
        var.composer.packages,
        var.composer.wheel ? { nf-tools = "==${var.release}" } : {},
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
        count      = 1
      }
      dag_processor {
        cpu        = 1
        memory_gb  = 2
        storage_gb = 1
        count      = 1
      }
      triggerer {
        cpu       = 0.5
        memory_gb = 1
        count     = 1
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
        min_count  = 1
        max_count  = var.composer.max_workers
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

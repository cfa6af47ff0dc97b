# SPDX-License-Identifier: Apache-2.0
#
# Production: own keys, backups, long retention, a fixed address for the API's
# allow-list, and nothing that holds data can be destroyed.

terraform {
  required_version = ">= 1.8"
  backend "gcs" {
    prefix = "nf/prod"
  }
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { app = "nf-tools", environment = "prod" }
}

module "nf" {
  source = "../.."

  project         = var.project
  project_number  = var.project_number
  region          = var.region
  zone            = var.zone
  deletion_policy = "PREVENT"
  cmek            = true
  code            = "${path.root}/../../.."
  release         = var.release
  mapping_files   = [for f in var.mappings : "${path.root}/../../../../mappings/${f}"]
  sources         = var.sources
  readers         = var.readers
  alerts          = var.alerts

  bigtable  = { min_nodes = 3, max_nodes = 10, backup_days = 14 }
  retention = { locked = 30, staging = 400, rejects = 400, logs = 400 }
  function  = { source = var.function_source, memory = "2Gi", max_instances = 10, static_egress = true }
  spark     = { bundle = var.spark_bundle }
  composer = {
    image_version = var.composer_image
    wheel         = var.wheel
    spark_bytes   = var.spark_bytes
    pool          = var.pool
    size          = "ENVIRONMENT_SIZE_MEDIUM"
    resilience    = "HIGH_RESILIENCE"
    max_workers   = 6
    web_access    = var.web_access
  }
}

output "nf" {
  description = "Names and addresses of what was made."
  value       = module.nf
}

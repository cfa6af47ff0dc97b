# SPDX-License-Identifier: Apache-2.0
#
# Development: small, cheap, can be destroyed.  Function, Composer and Spark
# are there so that everything that runs in production has run here.

terraform {
  required_version = ">= 1.8"
  backend "gcs" {
    prefix = "nf/dev"
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
  default_labels = { app = "nf-tools", environment = "dev" }
}

module "nf" {
  source = "../.."

  project         = var.project
  project_number  = var.project_number
  region          = var.region
  zone            = var.zone
  deletion_policy = "DELETE"
  code            = "${path.root}/../../.."
  release         = var.release
  mapping_files   = [for f in var.mappings : "${path.root}/../../../../mappings/${f}"]
  sources         = var.sources
  readers         = var.readers
  alerts          = var.alerts

  bigtable  = { min_nodes = 1, max_nodes = 2 }
  retention = { locked = 1, staging = 30, rejects = 30, logs = 30 }
  function  = { source = var.function_source }
  spark     = { bundle = var.spark_bundle }
  composer = {
    image_version = var.composer_image
    wheel         = var.wheel
    spark_bytes   = var.spark_bytes
    pool          = var.pool
  }
}

output "nf" {
  description = "Names and addresses of what was made."
  value       = module.nf
}

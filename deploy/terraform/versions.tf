# SPDX-License-Identifier: Apache-2.0

terraform {
  required_version = ">= 1.8"
  backend "gcs" {}
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
  default_labels = { app = "nf-tools", environment = var.environment }
}

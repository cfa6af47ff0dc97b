# SPDX-License-Identifier: Apache-2.0
#
# One key for everything, in the region of everything, and the service agents
# that use it: those of the services that are on, for others do not exist.
# Those of Bigtable and Secret Manager exist only after
# `gcloud beta services identity create --service=NAME.googleapis.com`.

locals {
  # service that the agent comes with, name of the agent
  all = {
    artifactregistry = ["artifactregistry", "gcp-sa-artifactregistry"]
    bigtable         = ["bigtableadmin", "gcp-sa-bigtable"]
    composer         = ["composer", "cloudcomposer-accounts"]
    compute          = ["compute", "compute-system"]
    container        = ["container", "container-engine-robot"]
    dataproc         = ["dataproc", "dataproc-accounts"]
    functions        = ["cloudfunctions", "gcf-admin-robot"]
    pubsub           = ["pubsub", "gcp-sa-pubsub"]
    run              = ["run", "serverless-robot-prod"]
    secretmanager    = ["secretmanager", "gcp-sa-secretmanager"]
    storage          = ["storage", "gs-project-accounts"]
  }
  agents = { for n, a in local.all : n => a[1] if contains(var.services, a[0]) }
}

resource "google_kms_key_ring" "nf" {
  name     = var.prefix
  location = var.region
}

resource "google_kms_crypto_key" "nf" {
  name            = var.prefix
  key_ring        = google_kms_key_ring.nf.id
  rotation_period = "7776000s"
  deletion_policy = var.deletion_policy

  # Without the key all data is gone.
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = local.agents

  crypto_key_id = google_kms_crypto_key.nf.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:service-${var.project_number}@${each.value}.iam.gserviceaccount.com"
}

# SPDX-License-Identifier: Apache-2.0
#
# One key for everything, in the region of everything, and the service agents
# that use it.  The agents of Bigtable and Secret Manager exist only after
# `gcloud beta services identity create --service=NAME.googleapis.com`.

locals {
  agents = {
    artifactregistry = "gcp-sa-artifactregistry"
    bigtable         = "gcp-sa-bigtable"
    composer         = "cloudcomposer-accounts"
    compute          = "compute-system"
    container        = "container-engine-robot"
    dataproc         = "dataproc-accounts"
    functions        = "gcf-admin-robot"
    pubsub           = "gcp-sa-pubsub"
    run              = "serverless-robot-prod"
    secretmanager    = "gcp-sa-secretmanager"
    storage          = "gs-project-accounts"
  }
}

resource "google_kms_key_ring" "nf" {
  name     = "nf"
  location = var.region
}

resource "google_kms_crypto_key" "nf" {
  name            = "nf"
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

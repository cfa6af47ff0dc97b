# SPDX-License-Identifier: Apache-2.0
#
# Secrets without values: people add versions
# (gcloud secrets versions add NAME --data-file=-), so that no value is ever
# in a plan or a state.

resource "google_secret_manager_secret" "nf" {
  for_each = setsubtract(var.names, var.existing)

  secret_id           = each.key
  deletion_protection = var.deletion_policy == "PREVENT"
  deletion_policy     = var.deletion_policy

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = var.key == null ? [] : [var.key]
          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }
}

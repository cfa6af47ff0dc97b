# SPDX-License-Identifier: Apache-2.0
#
# Staged runs and rejects are created and never replaced, so they have a
# retention; what is replaced (leases, DAGs) keeps its versions for a while.

locals {
  day = 86400

  # days: objects are deleted then, null never.  locked: days in which nobody
  # may delete or replace, 0 none.
  all = {
    artifacts = { days = null, locked = 0, versions = true }
    composer  = { days = null, locked = 0, versions = true }
    rejects   = { days = var.retention.rejects, locked = var.retention.locked, versions = false }
    spark     = { days = 14, locked = 0, versions = false }
    staging   = { days = var.retention.staging, locked = var.retention.locked, versions = false }
  }
  wanted  = { for n, b in local.all : n => b if(n != "spark" || var.spark) && (n != "composer" || var.composer) }
  buckets = { for n, b in local.wanted : n => b if !can(var.existing[n]) }
}

resource "google_storage_bucket" "nf" {
  #checkov:skip=CKV_GCP_62:Access logs of buckets are replaced by Cloud Audit Logs, see access_logs
  #checkov:skip=CKV_GCP_78:Versions are kept where objects are replaced; staged data never is, its retention forbids it
  for_each = local.buckets

  name                        = "${var.project}-${var.prefix}-${each.key}"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  deletion_policy             = var.deletion_policy
  force_destroy               = var.deletion_policy == "DELETE"

  dynamic "retention_policy" {
    for_each = each.value.locked > 0 ? [each.value.locked] : []
    content {
      retention_period = tostring(retention_policy.value * local.day)
    }
  }
  dynamic "versioning" {
    for_each = each.value.versions ? [true] : []
    content {
      enabled = true
    }
  }
  dynamic "lifecycle_rule" {
    for_each = each.value.days == null ? [] : [each.value.days]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }
  dynamic "lifecycle_rule" {
    for_each = each.value.versions ? [30] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        with_state                 = "ARCHIVED"
      }
    }
  }
  # What a broken upload left behind.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }
  soft_delete_policy {
    retention_duration_seconds = 7 * local.day
  }
  dynamic "encryption" {
    for_each = var.key == null ? [] : [var.key]
    content {
      default_kms_key_name = encryption.value
    }
  }
}

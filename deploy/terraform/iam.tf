# SPDX-License-Identifier: Apache-2.0
#
# Who may do what: all grants to our accounts are in this file, one a line
# (those of who calls the function or starts a Cloud Run job are beside these,
# for they go with them).  Members are added, never whole policies replaced.
#
# - The staging bucket is append-only: nobody may delete or replace there.
# - Nobody may replace what runs: code, mappings and settings are written by
#   who applies this.  Google requires roles on the project whose accounts
#   may write any object of it; a condition takes ours out of them.
# - nf-load create is Terraform's work: bigtable.user cannot make tables.

locals {
  project_roles = [
    # box, role
    ["build", "roles/cloudbuild.builds.builder"],
    ["composer", "roles/composer.worker"],
    ["composer", "roles/dataproc.editor"],
    ["composer", "roles/logging.logWriter"],
    ["fetch", "roles/logging.logWriter"],
    ["run", "roles/logging.logWriter"],
    ["spark", "roles/dataproc.worker"],
    ["spark", "roles/logging.logWriter"],
  ]

  bucket_roles = [
    # box, bucket, role
    ["build", "artifacts", "roles/storage.objectViewer"],
    ["composer", "artifacts", "roles/storage.objectViewer"],
    ["composer", "composer", "roles/storage.objectUser"],
    ["composer", "composer", "roles/storage.objectViewer"],
    ["composer", "rejects", "roles/storage.objectCreator"],
    ["composer", "rejects", "roles/storage.objectViewer"],
    ["composer", "staging", "roles/storage.objectCreator"],
    ["composer", "staging", "roles/storage.objectViewer"],
    ["fetch", "artifacts", "roles/storage.objectViewer"],
    ["fetch", "staging", "roles/storage.objectCreator"],
    ["fetch", "staging", "roles/storage.objectViewer"],
    ["run", "artifacts", "roles/storage.objectViewer"],
    ["run", "rejects", "roles/storage.objectCreator"],
    ["run", "rejects", "roles/storage.objectViewer"],
    ["run", "staging", "roles/storage.objectCreator"],
    ["run", "staging", "roles/storage.objectViewer"],
    ["spark", "artifacts", "roles/storage.objectViewer"],
    ["spark", "rejects", "roles/storage.objectCreator"],
    ["spark", "rejects", "roles/storage.objectViewer"],
    ["spark", "spark", "roles/storage.objectUser"],
    ["spark", "staging", "roles/storage.objectCreator"],
    ["spark", "staging", "roles/storage.objectViewer"],
  ]

  table_roles = [
    # box, role, on every table
    ["audit", "roles/bigtable.reader"],
    ["composer", "roles/bigtable.user"],
    ["run", "roles/bigtable.user"],
    ["spark", "roles/bigtable.user"],
  ]

  secret_readers = ["composer", "fetch", "run"]

  # Roles that write any object they are granted on, and what is not theirs
  # to write: what runs, and what is only ever added to.
  writers = ["roles/cloudbuild.builds.builder", "roles/composer.worker", "roles/dataproc.editor",
  "roles/dataproc.worker", "roles/storage.objectUser"]
  sealed = flatten([
    [for b in ["artifacts", "rejects", "staging"] : "${module.storage.buckets[b]}/objects/"],
    [for f in var.composer == null ? [] : ["config/", "dags/", "data/jobs/", "plugins/"] :
    "${module.storage.buckets.composer}/objects/${f}"],
  ])
  # One "!" of all: IAM takes twelve operators.  What has no such name, as
  # resources of other services, is not excepted.
  unsealed = "!(${join(" || ", [for s in local.sealed : "resource.name.startsWith(\"projects/_/buckets/${s}\")"])})"

  # By name, and only for the boxes there are.
  project_grants = { for g in local.project_roles : join(" ", g) => { box = g[0], role = g[1] }
  if contains(keys(local.boxes), g[0]) }
  bucket_grants = { for g in local.bucket_roles : join(" ", g) => { box = g[0], bucket = g[1], role = g[2] }
  if contains(keys(local.boxes), g[0]) }
  table_grants = { for p in setproduct(local.table_roles, keys(module.bigtable.tables)) :
    join(" ", [p[0][0], p[1], p[0][1]]) => { box = p[0][0], table = p[1], role = p[0][1] }
  if contains(keys(local.boxes), p[0][0]) }
  secret_grants = { for p in setproduct(local.secret_readers, local.secrets) :
    join(" ", p) => { box = p[0], secret = p[1] }
  if contains(keys(local.boxes), p[0]) && (p[0] != "fetch" || contains(values(local.source_takes), p[1])) }
}

resource "google_project_iam_member" "box" {
  for_each = local.project_grants

  project = var.project
  role    = each.value.role
  member  = local.member[each.value.box]

  dynamic "condition" {
    for_each = contains(local.writers, each.value.role) ? [local.unsealed] : []
    content {
      title       = "not-what-runs"
      description = "Not what runs, and not what is only added to."
      expression  = condition.value
    }
  }
}

resource "google_storage_bucket_iam_member" "box" {
  for_each = local.bucket_grants

  bucket = module.storage.buckets[each.value.bucket]
  role   = each.value.role
  member = local.member[each.value.box]

  dynamic "condition" {
    for_each = each.value.bucket == "composer" && contains(local.writers, each.value.role) ? [local.unsealed] : []
    content {
      title       = "not-what-runs"
      description = "Not what runs, and not what is only added to."
      expression  = condition.value
    }
  }
}

resource "google_bigtable_table_iam_member" "box" {
  for_each = local.table_grants

  instance_name = module.bigtable.instance
  table         = module.bigtable.tables[each.value.table]
  role          = each.value.role
  member        = local.member[each.value.box]
}

resource "google_secret_manager_secret_iam_member" "box" {
  for_each = local.secret_grants

  secret_id = module.secrets.ids[each.value.secret]
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member[each.value.box]
}

# Who submits a batch acts as its account.
resource "google_service_account_iam_member" "composer_acts_as_spark" {
  count = var.spark != null && var.composer != null ? 1 : 0

  service_account_id = try(google_service_account.box["spark"].name, "projects/${var.project}/serviceAccounts/${local.email.spark}")
  role               = "roles/iam.serviceAccountUser"
  member             = local.member.composer
}

resource "google_service_account_iam_member" "readers" {
  for_each = toset(var.readers)

  service_account_id = try(google_service_account.box["audit"].name, "projects/${var.project}/serviceAccounts/${local.email.audit}")
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.key
}

# Composer reads packages through the virtual repository, which needs a grant
# on what is behind it too.
resource "google_artifact_registry_repository_iam_member" "composer" {
  for_each = var.composer == null ? {} : module.composer[0].repositories

  repository = each.value
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = local.member.composer
}

# Who read what, of what holds personal data.
resource "google_project_iam_audit_config" "access" {
  for_each = var.access_logs ? toset(concat(["bigtable.googleapis.com", "storage.googleapis.com"],
  length(local.secrets) > 0 ? ["secretmanager.googleapis.com"] : [])) : []

  project = var.project
  service = each.key

  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

# SPDX-License-Identifier: Apache-2.0
#
# Who may do what: all grants to our accounts are in this file, one a line.
# Members are added, never whole policies replaced.
#
# - The staging bucket is append-only: nobody may delete or replace there.
# - nf-load create is Terraform's work: bigtable.user cannot make tables.

locals {
  project_roles = [
    # box, role
    ["build", "roles/cloudbuild.builds.builder"],
    ["composer", "roles/composer.worker"],
    ["composer", "roles/dataproc.editor"],
    ["composer", "roles/logging.logWriter"],
    ["fetch", "roles/logging.logWriter"],
    ["spark", "roles/dataproc.worker"],
    ["spark", "roles/logging.logWriter"],
  ]

  bucket_roles = [
    # box, bucket, role
    ["composer", "artifacts", "roles/storage.objectViewer"],
    ["composer", "composer", "roles/storage.objectUser"],
    ["composer", "rejects", "roles/storage.objectCreator"],
    ["composer", "rejects", "roles/storage.objectViewer"],
    ["composer", "staging", "roles/storage.objectCreator"],
    ["composer", "staging", "roles/storage.objectViewer"],
    ["composer", "state", "roles/storage.objectUser"],
    ["fetch", "staging", "roles/storage.objectCreator"],
    ["fetch", "staging", "roles/storage.objectViewer"],
    ["fetch", "state", "roles/storage.objectUser"],
    ["spark", "artifacts", "roles/storage.objectViewer"],
    ["spark", "rejects", "roles/storage.objectCreator"],
    ["spark", "rejects", "roles/storage.objectViewer"],
    ["spark", "spark", "roles/storage.objectUser"],
    ["spark", "staging", "roles/storage.objectViewer"],
  ]

  table_roles = [
    # box, role, on every table
    ["audit", "roles/bigtable.reader"],
    ["composer", "roles/bigtable.user"],
    ["spark", "roles/bigtable.user"],
  ]

  secret_readers = ["composer", "fetch"]

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
  if contains(keys(local.boxes), p[0]) }
}

resource "google_project_iam_member" "box" {
  for_each = local.project_grants

  project = var.project
  role    = each.value.role
  member  = local.member[each.value.box]
}

resource "google_storage_bucket_iam_member" "box" {
  for_each = local.bucket_grants

  bucket = module.storage.buckets[each.value.bucket]
  role   = each.value.role
  member = local.member[each.value.box]
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

  service_account_id = google_service_account.box["spark"].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member.composer
}

resource "google_service_account_iam_member" "readers" {
  for_each = toset(var.readers)

  service_account_id = google_service_account.box["audit"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.key
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = toset([for b in ["composer", "scheduler"] : b
  if var.function != null && contains(keys(local.boxes), b)])

  name     = module.function[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.member[each.key]
}

resource "google_artifact_registry_repository_iam_member" "composer" {
  count = var.composer == null ? 0 : 1

  repository = google_artifact_registry_repository.python[0].repository_id
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = local.member.composer
}

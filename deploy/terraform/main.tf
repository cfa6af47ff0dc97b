# SPDX-License-Identifier: Apache-2.0
#
# The boxes of the reference architecture, and what holds them together:
# function -> buckets -> Composer, Spark -> Bigtable.  Who may do what is in
# iam.tf.  No data sources: a plan needs no network.

locals {
  mappings = { for f in var.mapping_files : basename(f) => jsondecode(file(f)) }

  boxes = merge(
    { audit = "Reads tables: people and audits." },
    var.function == null ? {} : {
      fetch     = "The function: fetches and stages."
      build     = "Builds the function's image."
      scheduler = "Cloud Scheduler: calls the function."
    },
    var.composer == null ? {} : { composer = "Airflow's workers." },
    var.spark == null ? {} : { spark = "Spark batches." },
  )

  # The names are joined from what is known before anything exists, through
  # the account, so that whoever uses one waits for it.
  email  = { for b, a in google_service_account.box : b => "${a.account_id}@${var.project}.iam.gserviceaccount.com" }
  member = { for b, e in local.email : b => "serviceAccount:${e}" }

  secrets = toset(flatten([for s in values(var.sources) : s.secrets]))

  services = concat(
    ["bigtable", "bigtableadmin", "iam", "iamcredentials", "logging", "monitoring", "secretmanager", "storage"],
    var.cmek ? ["cloudkms"] : [],
    var.function == null ? [] : ["artifactregistry", "cloudbuild", "cloudfunctions", "cloudscheduler", "run"],
    var.composer == null ? [] : ["artifactregistry", "composer", "compute"],
    var.spark != null ? ["compute", "dataproc"] : [],
  )
}

resource "google_project_service" "api" {
  for_each = toset(local.services)

  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account" "box" {
  for_each = local.boxes

  account_id  = "nf-${each.key}"
  description = each.value
  depends_on  = [google_project_service.api]
}

module "kms" {
  count  = var.cmek ? 1 : 0
  source = "./modules/kms"

  project         = var.project
  region          = var.region
  project_number  = var.project_number
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

locals {
  key = var.cmek ? module.kms[0].key : null
}

module "network" {
  count  = var.spark != null || var.composer != null || try(var.function.static_egress, false) ? 1 : 0
  source = "./modules/network"

  project       = var.project
  region        = var.region
  static_egress = try(var.function.static_egress, false)
  depends_on    = [google_project_service.api]
}

module "storage" {
  source = "./modules/storage"

  project         = var.project
  region          = var.region
  retention       = var.retention
  spark           = var.spark != null
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "bigtable" {
  source = "./modules/bigtable"

  zone            = var.zone
  size            = var.bigtable
  mappings        = local.mappings
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "secrets" {
  source = "./modules/secrets"

  names           = local.secrets
  region          = var.region
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "logs" {
  source = "./modules/logs"

  project         = var.project
  region          = var.region
  retention_days  = var.retention.logs
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "monitoring" {
  source = "../monitoring/terraform"

  project    = var.project
  sources    = var.sources
  watched    = var.composer != null
  emails     = var.alerts.emails
  runbooks   = var.alerts.runbooks
  depends_on = [google_project_service.api]
}

module "function" {
  count  = var.function == null ? 0 : 1
  source = "./modules/function"

  project         = var.project
  region          = var.region
  function        = var.function
  sources         = var.sources
  secrets         = module.secrets.ids
  artifacts       = module.storage.buckets.artifacts
  staging         = module.storage.buckets.staging
  accounts        = { for b in ["fetch", "build", "scheduler"] : b => local.email[b] }
  network         = var.function.static_egress ? module.network[0] : null
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on = [
    google_project_iam_member.box,
    google_storage_bucket_iam_member.box,
    google_secret_manager_secret_iam_member.box,
  ]
}

module "composer" {
  count  = var.composer == null ? 0 : 1
  source = "./modules/composer"

  project         = var.project
  region          = var.region
  composer        = var.composer
  release         = var.release
  dags            = merge([for f in fileset(var.code, "{common,composer}/*.py") : { (basename(f)) = "${var.code}/${f}" }]...)
  account         = local.email.composer
  network         = module.network[0]
  key             = local.key
  deletion_policy = var.deletion_policy
  bucket          = module.storage.buckets.composer
  repository      = google_artifact_registry_repository.python[0]
  mapping_files   = var.mapping_files
  env = merge(
    {
      NF_PROJECT = var.project
      NF_REPORT  = "cloud"
      NF_REGION  = var.region
      NF_STAGING = "gs://${module.storage.buckets.staging}"
      NF_REJECTS = "gs://${module.storage.buckets.rejects}"
      NF_STATE   = "gs://${module.storage.buckets.state}"
      NF_TARGET  = "bigtable://${var.project}/${module.bigtable.instance}"
      NF_SOURCES = jsonencode(var.sources)
      NF_VERSION = var.release

      NF_APP_PROFILE = module.bigtable.app_profile
    },
    var.composer.pool != null ? { NF_POOL = var.composer.pool } : {},
    var.spark != null ? {
      NF_SPARK_BYTES     = tostring(var.composer.spark_bytes)
      NF_SPARK_ACCOUNT   = local.email.spark
      NF_SPARK_SUBNET    = module.network[0].subnet
      NF_SPARK_BUCKET    = module.storage.buckets.spark
      NF_SPARK_ARTIFACTS = "gs://${module.storage.buckets.artifacts}"
    } : {},
  )
  depends_on = [
    google_project_iam_member.box,
    google_storage_bucket_iam_member.box,
    google_artifact_registry_repository_iam_member.composer,
  ]
}

# Wheels of nf-tools, for Composer and laptops.
resource "google_artifact_registry_repository" "python" {
  count = var.composer == null ? 0 : 1

  location        = var.region
  repository_id   = "nf-python"
  description     = "Wheels of nf-tools."
  format          = "PYTHON"
  kms_key_name    = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api, module.kms]
}

# What a Spark batch reads: the driver, its modules, the bundle.
resource "google_storage_bucket_object" "spark" {
  for_each = var.spark == null ? {} : merge(
    { for f in fileset(var.code, "{common,dataproc}/*.py") : basename(f) => "${var.code}/${f}" },
    var.spark.bundle == null ? {} : { "nf-bundle-${var.release}.tar.gz" = var.spark.bundle },
  )

  bucket = module.storage.buckets.artifacts
  name   = "spark/${each.key}"
  source = each.value
}

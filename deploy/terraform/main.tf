# SPDX-License-Identifier: Apache-2.0
#
# The boxes of the reference architecture, and what holds them together:
# function -> buckets -> Composer, Spark -> Bigtable.  Who may do what is in
# iam.tf.  No data sources: a plan needs no network.

locals {
  code = coalesce(var.code, "${path.root}/..")
  dist = coalesce(var.dist, "${path.root}/../../build/dist")

  # A source with all its members, as the DAGs and the function read it.
  sources = { for n, s in var.sources : n => {
    url         = s.url
    mapping     = s.mapping
    schedule    = try(s.schedule, null)
    time_zone   = try(s.time_zone, "America/Sao_Paulo")
    late_after  = coalesce(try(s.late_after, null), 93600)
    secrets     = try(tolist(s.secrets), [])
    fetch_args  = try(tolist(s.fetch_args), [])
    max_rejects = try(tostring(s.max_rejects), null)
  } }

  mapping_files = coalesce(var.mapping_files, distinct([for s in local.sources : "${local.code}/../mappings/${s.mapping}"]))
  mappings      = { for f in local.mapping_files : basename(f) => jsondecode(file(f)) }
  bundle        = try(var.spark.bundle, "${local.dist}/nf-bundle-${var.release}.tar.gz")
  static_egress = try(var.network.static_egress, false)

  boxes = merge(
    { audit = "Reads tables: people and audits." },
    var.function == null ? {} : {
      fetch = "The function: fetches and stages."
      build = "Builds the function's image."
    },
    var.function == null || var.composer != null ? {} : { scheduler = "Cloud Scheduler: calls the function." },
    var.composer == null ? {} : { composer = "Airflow's workers." },
    var.spark == null ? {} : { spark = "Spark batches." },
  )

  # The names are joined from what is known before anything exists, through
  # the account, so that what uses one waits for it.
  email = merge(
    { for b, a in google_service_account.box : b => "${a.account_id}@${var.project}.iam.gserviceaccount.com" },
    { for b, e in try(var.existing.accounts, {}) : b => e if contains(keys(local.boxes), b) },
  )
  member = { for b, e in local.email : b => "serviceAccount:${e}" }

  secrets = toset(flatten([for s in values(local.sources) : s.secrets]))

  services = distinct(concat(
    ["bigtable", "bigtableadmin", "iam", "iamcredentials", "logging", "monitoring", "storage"],
    length(local.secrets) > 0 ? ["secretmanager"] : [],
    local.own_key ? ["cloudkms"] : [],
    var.function == null ? [] : ["artifactregistry", "cloudbuild", "cloudfunctions", "run"],
    var.function == null || var.composer != null ? [] : ["cloudscheduler"],
    local.networked ? ["compute"] : [],
    var.composer == null ? [] : ["artifactregistry", "composer", "compute"],
    # What encrypts Composer's queue and cluster.
    var.composer == null || !local.own_key ? [] : ["container", "pubsub"],
    var.spark == null ? [] : ["compute", "dataproc"],
  ))

  own_key   = var.cmek && !can(var.existing.key)
  key       = local.own_key ? module.kms[0].key : try(var.existing.key, null)
  networked = var.spark != null || var.composer != null || var.function != null && local.static_egress
  network = can(var.existing.network) ? {
    network = var.existing.network
    subnet  = var.existing.subnet
  } : one(module.network[*].ids)
}

resource "google_project_service" "api" {
  for_each = toset(local.services)

  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account" "box" {
  for_each = { for b, d in local.boxes : b => d if !can(var.existing.accounts[b]) }

  account_id  = "${var.prefix}-${each.key}"
  description = each.value
  depends_on  = [google_project_service.api]
}

module "kms" {
  count  = local.own_key ? 1 : 0
  source = "./modules/kms"

  project         = var.project
  prefix          = var.prefix
  region          = var.region
  project_number  = var.project_number
  services        = local.services
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "network" {
  count  = local.networked && !can(var.existing.network) ? 1 : 0
  source = "./modules/network"

  project       = var.project
  prefix        = var.prefix
  region        = var.region
  range         = try(var.network.range, "10.20.0.0/20")
  nat           = var.composer != null
  static_egress = local.static_egress
  depends_on    = [google_project_service.api]
}

module "storage" {
  source = "./modules/storage"

  project         = var.project
  prefix          = var.prefix
  region          = var.region
  retention       = var.retention
  existing        = try(var.existing.buckets, {})
  spark           = var.spark != null
  composer        = var.composer != null
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "bigtable" {
  source = "./modules/bigtable"

  prefix          = var.prefix
  region          = var.region
  zone            = coalesce(var.zone, "${var.region}-a")
  size            = var.bigtable
  mappings        = local.mappings
  existing        = can(var.existing.instance) ? { instance = var.existing.instance, cluster = var.existing.cluster } : null
  acknowledged    = var.acknowledged == null ? null : jsondecode(file(var.acknowledged))
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "secrets" {
  source = "./modules/secrets"

  names           = local.secrets
  existing        = toset(try(var.existing.secrets, []))
  region          = var.region
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "logs" {
  source = "./modules/logs"

  project         = var.project
  prefix          = var.prefix
  region          = var.region
  retention_days  = var.retention.logs
  deletion_policy = var.deletion_policy
  depends_on      = [google_project_service.api]
}

module "monitoring" {
  source = "../monitoring/terraform"

  project    = var.project
  prefix     = var.prefix
  sources    = { for n, s in local.sources : n => { url = s.url, uptime = tobool(try(var.sources[n].uptime, false)) } }
  watched    = var.composer != null
  instance   = module.bigtable.instance
  emails     = try(tolist(var.alerts.emails), [])
  runbooks   = try(var.alerts.runbooks, null)
  slos       = try(tobool(var.alerts.slos), false)
  depends_on = [google_project_service.api]
}

module "function" {
  count  = var.function == null ? 0 : 1
  source = "./modules/function"

  project         = var.project
  prefix          = var.prefix
  region          = var.region
  function        = merge({ source = "${local.dist}/nf-function-${var.release}.zip" }, var.function)
  sources         = local.sources
  scheduled       = var.composer == null
  secrets         = module.secrets.ids
  artifacts       = module.storage.buckets.artifacts
  staging         = module.storage.buckets.staging
  accounts        = local.email
  callers         = { for b in ["composer", "scheduler"] : b => local.member[b] if contains(keys(local.boxes), b) }
  network         = local.static_egress ? local.network : null
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
  prefix          = var.prefix
  region          = var.region
  composer        = var.composer
  wheel           = var.wheel
  triggerer       = var.spark != null
  release         = var.release
  dags            = merge([for f in fileset(local.code, "{common,composer}/*.py") : { (basename(f)) = "${local.code}/${f}" }]...)
  sources         = local.sources
  account         = local.email.composer
  network         = local.network
  key             = local.key
  deletion_policy = var.deletion_policy
  bucket          = module.storage.buckets.composer
  mapping_files   = local.mapping_files
  env = merge(
    {
      NF_PROJECT      = var.project
      NF_REPORT       = "cloud"
      NF_LOG          = module.logs.name
      NF_REGION       = var.region
      NF_STAGING      = "gs://${module.storage.buckets.staging}"
      NF_REJECTS      = "gs://${module.storage.buckets.rejects}"
      NF_STATE        = "gs://${module.storage.buckets.state}"
      NF_TARGET       = "bigtable://${var.project}/${module.bigtable.instance}"
      NF_SOURCES_FILE = "/home/airflow/gcs/data/sources.json"
      NF_VERSION      = var.release

      NF_APP_PROFILE = module.bigtable.app_profile
    },
    try(var.composer.pool, null) != null ? { NF_POOL = var.composer.pool } : {},
    var.spark != null ? {
      NF_DEFERRABLE      = "true"
      NF_SHARES          = tostring(try(var.spark.shares, 64))
      NF_SPARK_ACCOUNT   = local.email.spark
      NF_SPARK_ARTIFACTS = "gs://${module.storage.buckets.artifacts}"
      NF_SPARK_BUCKET    = module.storage.buckets.spark
      NF_SPARK_BYTES     = tostring(try(var.composer.spark_bytes, 0))
      NF_SPARK_EXECUTORS = tostring(try(var.spark.executors, 8))
      NF_SPARK_HOURS     = tostring(try(var.spark.hours, 4))
      NF_SPARK_SHA256    = jsonencode({ for n, f in local.spark_files : n => filesha256(f) })
      NF_SPARK_SUBNET    = local.network.subnet
      NF_SPARK_VERSION   = try(var.spark.version, "2.3")
    } : {},
    try(var.composer.env, {}),
  )
  depends_on = [
    google_project_iam_member.box,
    google_storage_bucket_iam_member.box,
  ]
}

# What a Spark batch reads: the driver, its modules, the bundle.  Not by the
# name .tar.gz, for Spark would unpack that before anybody has compared it.
locals {
  spark_files = var.spark == null ? {} : merge(
    { for f in fileset(local.code, "{common,dataproc}/*.py") : basename(f) => "${local.code}/${f}" },
    { "nf-${var.release}.bundle" = local.bundle },
  )
}

resource "google_storage_bucket_object" "spark" {
  for_each = local.spark_files

  bucket = module.storage.buckets.artifacts
  name   = "spark/${each.key}"
  source = each.value
}

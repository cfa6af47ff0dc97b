# SPDX-License-Identifier: Apache-2.0
#
# The boxes of the reference architecture, and what holds them together:
# function -> buckets -> Composer, Spark -> Bigtable; without Composer a Cloud
# Run job does it all.  Who may do what is in
# iam.tf.  No data sources: a plan needs no network.

locals {
  code = coalesce(var.code, "${path.root}/..")
  dist = coalesce(var.dist, "${path.root}/../../build/dist")

  run           = var.composer == null ? coalesce(var.run, {}) : var.run
  mapping_files = coalesce(var.mapping_files, local.job_mappings)
  mappings      = { for f in local.mapping_files : basename(f) => jsondecode(file(f)) if var.mapping_files != null || fileexists(f) }
  bundle        = try(var.spark.bundle, "${local.dist}/nf-bundle-${var.release}.tar.gz")
  static_egress = try(var.network.static_egress, false)

  boxes = merge(
    { audit = "Reads tables: people and audits." },
    var.function == null ? {} : {
      fetch = "The function: fetches and stages."
      build = "Builds the function's image."
    },
    local.run == null ? {} : { run = "Cloud Run jobs: fetch, load, audit." },
    local.run == null || var.composer != null ? {} : { scheduler = "Cloud Scheduler: starts the Cloud Run jobs." },
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

  services = distinct(concat(
    ["bigtable", "bigtableadmin", "iam", "iamcredentials", "logging", "monitoring", "storage"],
    length(local.secrets) > 0 ? ["secretmanager"] : [],
    local.own_key ? ["cloudkms"] : [],
    var.function == null ? [] : ["artifactregistry", "cloudbuild", "cloudfunctions", "run"],
    try(var.function.events, false) ? ["pubsub"] : [],
    local.run == null ? [] : ["artifactregistry", "run"],
    local.run == null || var.composer != null ? [] : ["cloudscheduler"],
    local.networked ? ["compute"] : [],
    var.composer == null ? [] : ["artifactregistry", "composer", "compute"],
    # What encrypts Composer's queue and cluster.
    var.composer == null || !local.own_key ? [] : ["container", "pubsub"],
    var.spark == null ? [] : ["compute", "dataproc"],
  ))

  # What all that runs is given.
  env = {
    NF_PROJECT = var.project
    NF_REPORT  = "cloud"
    NF_LOG     = module.logs.name
  }

  own_key   = var.cmek && !can(var.existing.key)
  key       = local.own_key ? module.kms[0].key : try(var.existing.key, null)
  networked = var.spark != null || var.composer != null || local.static_egress
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
  sources    = { for n, u in local.job_urls : n => { url = u, uptime = contains(try(var.alerts.uptime, []), n) } }
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
  project_number  = var.project_number
  prefix          = var.prefix
  region          = var.region
  function        = merge({ source = "${local.dist}/nf-function-${var.release}.zip" }, var.function)
  secrets         = { for v, s in local.source_takes : v => module.secrets.ids[s] }
  env             = merge(local.env, { NF_JOBS = local.job_folder })
  artifacts       = module.storage.buckets.artifacts
  accounts        = local.email
  callers         = { for b in try(var.function.events, false) ? ["composer", "fetch"] : ["composer"] : b => local.member[b] if contains(keys(local.boxes), b) }
  network         = local.static_egress ? local.network : null
  key             = local.key
  deletion_policy = var.deletion_policy
  depends_on = [
    google_project_iam_member.box,
    google_storage_bucket_iam_member.box,
    google_secret_manager_secret_iam_member.box,
  ]
}

module "run" {
  count  = local.run == null ? 0 : 1
  source = "./modules/run"

  project = var.project
  prefix  = var.prefix
  region  = var.region
  run     = merge({ image = "${var.region}-docker.pkg.dev/${var.project}/${var.prefix}-tools/nf-tools:${var.release}" }, local.run)
  jobs = { for n, j in local.jobs : n => {
    shares   = try(j.load.shares, 1)
    schedule = try(j.schedule, null)
    zone     = try(j.window.zone, "UTC")
    secrets  = { for v, s in local.job_secrets[n] : v => module.secrets.ids[s] }
  } }
  scheduled = var.composer == null
  env = merge(local.env, {
    NF_JOBS        = local.job_folder
    NF_APP_PROFILE = module.bigtable.app_profile
  })
  accounts        = local.email
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
  jobs            = local.job_files
  account         = local.email.composer
  network         = local.network
  key             = local.key
  deletion_policy = var.deletion_policy
  bucket          = module.storage.buckets.composer
  env = merge(
    local.env,
    {
      NF_REGION      = var.region
      NF_JOBS        = "/home/airflow/gcs/data/jobs"
      NF_VERSION     = var.release
      NF_APP_PROFILE = module.bigtable.app_profile
    },
    var.function != null && try(var.composer.fetch, "function") == "function" ? {
      NF_FETCH    = "function"
      NF_FUNCTION = "https://${var.region}-${var.project}.cloudfunctions.net/${var.prefix}-fetch"
    } : {},
    try(var.composer.pool, null) != null ? { NF_POOL = var.composer.pool } : {},
    try(var.composer.load_pool, null) != null ? { NF_LOAD_POOL = var.composer.load_pool } : {},
    var.spark != null ? {
      NF_DEFERRABLE      = "true"
      NF_SPARK_ACCOUNT   = local.email.spark
      NF_SPARK_ARTIFACTS = "gs://${module.storage.buckets.artifacts}"
      NF_SPARK_BUCKET    = module.storage.buckets.spark
      NF_SPARK_JOBS      = local.job_folder
      NF_SPARK_SHA256    = jsonencode({ for n, f in local.spark_files : n => filesha256(f) })
      NF_SPARK_SUBNET    = local.network.subnet
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

# SPDX-License-Identifier: Apache-2.0
#
# What the configuration makes of its variables, with the provider mocked: no
# network, no project.  What only the real provider knows is tested by the
# offline plans (tests/deploy).

mock_provider "google" {}

variables {
  project         = "demo-project"
  project_number  = "123456789012"
  deletion_policy = "DELETE"
  jobs            = "tests/jobs"
  mapping_files   = ["tests/jobs/mapping.json"]
  bigtable        = { min_nodes = 1, max_nodes = 2 }
  retention       = { locked = 1, staging = 30, rejects = 30, logs = 30 }
}

run "smallest" {
  command = plan

  assert {
    condition     = sort(keys(google_service_account.box)) == tolist(["audit", "run", "scheduler"])
    error_message = "Without function, Composer and Spark a Cloud Run job does it all."
  }
  assert {
    condition     = keys(google_project_iam_member.box) == ["run roles/logging.logWriter"]
    error_message = "It writes the log, and has no other role on the project."
  }
  assert {
    condition     = length(setintersection(keys(module.storage.buckets), ["composer", "spark"])) == 0
    error_message = "No Spark, no Composer, no buckets for them."
  }
  assert {
    condition     = module.monitoring.alerts == ["nf-bigtable-cpu", "nf-bigtable-full", "nf-bigtable-hot", "nf-burn", "nf-failed", "nf-late", "nf-rejects", "nf-retries", "nf-silent"]
    error_message = "A gap is seen on every platform; nobody asks an API unless told to."
  }
  assert {
    condition     = keys(google_storage_bucket_object.job) == ["mapping.json", "nfe.job.json", "nfe.source.json", "removed.keys"]
    error_message = "A job, and all that it names beside itself, is where the platforms read it."
  }
  assert {
    condition     = length(module.kms) == 0 && length(module.network) == 0
    error_message = "No key and no network unless asked for."
  }
  assert {
    condition     = keys(google_bigtable_table_iam_member.box) == ["audit invoices roles/bigtable.reader", "audit items roles/bigtable.reader", "run invoices roles/bigtable.user", "run items roles/bigtable.user"]
    error_message = "nf-audit reads every table, nf-run writes it."
  }
}

run "gc_rules" {
  command = plan
  module {
    source = "./modules/bigtable"
  }
  variables {
    prefix       = "nf"
    region       = "southamerica-east1"
    zone         = "southamerica-east1-a"
    existing     = null
    acknowledged = null
    size         = { min_nodes = 1, max_nodes = 2 }
    key          = null
    mappings = {
      "mapping.json" = jsondecode(file("tests/jobs/mapping.json"))
      "more.json"    = jsondecode(file("tests/more.json"))
    }
  }

  assert {
    condition = { for k, p in google_bigtable_gc_policy.nf : k => p.gc_rules } == {
      "invoices.nf"  = "{\"rules\":[{\"max_version\":1}]}"
      "invoices.log" = "{\"mode\":\"union\",\"rules\":[{\"max_age\":\"2592000s\"},{\"mode\":\"intersection\",\"rules\":[{\"max_version\":3},{\"max_age\":\"43200s\"}]}]}"
      "invoices.tax" = "{\"mode\":\"intersection\",\"rules\":[{\"max_age\":\"604800s\"},{\"max_version\":2}]}"
      "items.i"      = "{\"rules\":[{\"max_age\":\"5400s\"}]}"
    }
    error_message = "GC rules are the mappings' own; a family without a rule has no policy."
  }
  assert {
    condition     = google_bigtable_table.nf["invoices"].split_keys == tolist(["20260101", "20260601", "20270101"])
    error_message = "Splits of two mappings are joined, sorted, each once."
  }
  assert {
    condition     = sort([for f in google_bigtable_table.nf["invoices"].column_family : f.family]) == tolist(["all", "log", "nf", "tax"])
    error_message = "A table in two mappings has the families of both."
  }
}

run "deep_gc_rule_is_refused" {
  command = plan
  module {
    source = "./modules/bigtable"
  }
  variables {
    prefix       = "nf"
    region       = "southamerica-east1"
    zone         = "southamerica-east1-a"
    existing     = null
    acknowledged = null
    size         = { min_nodes = 1, max_nodes = 2 }
    key          = null
    mappings     = { "deep.json" = jsondecode(file("tests/deep.json")) }
  }
  expect_failures = [var.mappings]
}

run "mappings_that_disagree" {
  command = plan
  module {
    source = "./modules/bigtable"
  }
  variables {
    prefix       = "nf"
    region       = "southamerica-east1"
    zone         = "southamerica-east1-a"
    existing     = null
    acknowledged = null
    size         = { min_nodes = 1, max_nodes = 2 }
    key          = null
    mappings = {
      "one.json" = { tables = { t = { families = { f = { gc = { versions = 1 } } } } } }
      "two.json" = { tables = { t = { families = { f = { gc = { versions = 2 } } } } } }
    }
  }
  expect_failures = [var.mappings]
}

run "spark_alone" {
  command = plan
  variables {
    spark = { bundle = "tests/jobs/mapping.json" }
  }

  assert {
    condition     = length(google_service_account_iam_member.composer_acts_as_spark) == 0
    error_message = "Without Composer nobody acts as nf-spark."
  }
  assert {
    condition     = length(module.network) == 1
    error_message = "Spark needs its network."
  }
}

run "no_jobs" {
  command = plan
  variables {
    jobs = "tests/none"
  }
  expect_failures = [var.jobs]
}

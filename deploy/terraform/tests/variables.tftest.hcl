# SPDX-License-Identifier: Apache-2.0
#
# Other variables that a plan must refuse.

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

run "misspelt_bigtable" {
  command = plan
  variables {
    bigtable = { min_nodes = 1, max_node = 2 }
  }
  expect_failures = [var.bigtable]
}

run "misspelt_cluster" {
  command = plan
  variables {
    bigtable = { min_nodes = 1, max_nodes = 2, clusters = { b = { zones = "southamerica-east1-b", min_nodes = 1, max_nodes = 1 } } }
  }
  expect_failures = [var.bigtable]
}

run "misspelt_retention" {
  command = plan
  variables {
    retention = { locked = 1, staging = 30, rejects = 30, log = 30 }
  }
  expect_failures = [var.retention]
}

run "misspelt_function" {
  command = plan
  variables {
    function = { source = "tests/jobs/mapping.json", memroy = "2Gi" }
  }
  expect_failures = [var.function]
}

run "misspelt_composer" {
  command = plan
  variables {
    composer = { image = { version = "composer-3-airflow-3.1.7-build.0", supported_until = "2027-03-03" }, max_wokers = 3 }
  }
  expect_failures = [var.composer]
}

run "misspelt_spark" {
  command = plan
  variables {
    spark = { bundle = "tests/jobs/mapping.json", share = 3 }
  }
  expect_failures = [var.spark]
}

run "misspelt_alerts" {
  command = plan
  variables {
    alerts = { email = ["a@example.com"] }
  }
  expect_failures = [var.alerts]
}

run "misspelt_network" {
  command = plan
  variables {
    network = { static_egres = true }
  }
  expect_failures = [var.network]
}

run "misspelt_existing" {
  command = plan
  variables {
    existing = { bucket = "x" }
  }
  expect_failures = [var.existing]
}

run "unknown_bucket" {
  command = plan
  variables {
    existing = { buckets = { stage = "x" } }
  }
  expect_failures = [var.existing]
}

run "unknown_box" {
  command = plan
  variables {
    existing = { accounts = { loader = "a@b" } }
  }
  expect_failures = [var.existing]
}

run "network_without_subnet" {
  command = plan
  variables {
    existing = { network = "projects/p/global/networks/n" }
  }
  expect_failures = [var.existing]
}

run "instance_without_cluster" {
  command = plan
  variables {
    existing = { instance = "i" }
  }
  expect_failures = [var.existing]
}

run "key_of_another_region" {
  command = plan
  variables {
    existing = { key = "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k" }
  }
  expect_failures = [var.existing]
}

run "zone_of_another_region" {
  command = plan
  variables {
    zone = "us-east1-b"
  }
  expect_failures = [var.zone]
}

run "zone_of_a_region_that_begins_so" {
  command = plan
  variables {
    zone = "southamerica-east10-a"
  }
  expect_failures = [var.zone]
}

run "zone_without_letter" {
  command = plan
  variables {
    zone = "southamerica-east1"
  }
  expect_failures = [var.zone]
}

run "prefix_too_long" {
  command = plan
  variables {
    prefix = "a-very-long-prefix"
  }
  expect_failures = [var.prefix]
}

run "prefix_with_underscore" {
  command = plan
  variables {
    prefix = "nf_dev"
  }
  expect_failures = [var.prefix]
}

run "function_that_is_not_there_fetches" {
  command = plan
  variables {
    composer = { image = { version = "composer-3-airflow-3.1.7-build.0", supported_until = "2027-03-03" }, fetch = "function" }
  }
  expect_failures = [var.composer]
}

run "misspelt_run" {
  command = plan
  variables {
    run = { hour = 3 }
  }
  expect_failures = [var.run]
}

run "no_jobs" {
  command = plan
  variables {
    jobs = "tests/none"
  }
  expect_failures = [var.jobs]
}

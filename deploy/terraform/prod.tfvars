# SPDX-License-Identifier: Apache-2.0
#
# Production: own keys, backups, long retention, a fixed address for the API's
# allow-list, and nothing that holds data can be destroyed.

environment     = "prod"
deletion_policy = "PREVENT"
cmek            = true
access_logs     = true
acknowledged    = "acknowledged.json"

bigtable  = { min_nodes = 3, max_nodes = 10, backup_days = 14 }
retention = { locked = 30, staging = 400, rejects = 400, logs = 400 }
network   = { static_egress = true }
function  = { memory = "2Gi", max_instances = 10 }
spark     = {}
composer = {
  image       = { version = "composer-3-airflow-3.1.7-build.0", supported_until = "2027-03-03" }
  size        = "ENVIRONMENT_SIZE_MEDIUM"
  resilience  = "HIGH_RESILIENCE"
  min_workers = 2
  max_workers = 6
}

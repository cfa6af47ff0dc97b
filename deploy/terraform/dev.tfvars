# SPDX-License-Identifier: Apache-2.0
#
# Development: small, cheap, can be destroyed.  Function, Composer and Spark
# are there so that everything that runs in production has run here.

environment     = "dev"
deletion_policy = "DELETE"

bigtable  = { min_nodes = 1, max_nodes = 2 }
retention = { locked = 0, staging = 30, rejects = 30, logs = 30 }
function  = {}
spark     = {}
composer = {
  image = { version = "composer-3-airflow-3.1.7-build.0", supported_until = "2027-03-03" }
}

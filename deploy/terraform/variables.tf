# SPDX-License-Identifier: Apache-2.0
#
# Objects are of type any, so that a member that nobody knows is refused: a
# type with optional members would drop it silently.  The modules give the
# members their types and defaults.

variable "project" {
  description = "Project id."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id is 6 to 30 of [a-z0-9-], not its name and not its number."
  }
}

variable "project_number" {
  description = "Project number; a variable, so that a plan needs no network."
  type        = string
  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "The project number is digits."
  }
}

variable "region" {
  description = "Region of everything: buckets, tables and keys must share it."
  type        = string
  default     = "southamerica-east1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like southamerica-east1."
  }
}

variable "zone" {
  description = "Zone of the first Bigtable cluster; null: zone a of the region."
  type        = string
  default     = null
  validation {
    condition     = var.zone == null || can(regex("^${var.region}-[a-z]$", var.zone))
    error_message = "The zone is not in the region."
  }
}

variable "environment" {
  description = "Name of the environment, a label of everything: dev, prod."
  type        = string
  default     = "dev"
  validation {
    condition     = can(regex("^[a-z0-9_-]{1,63}$", var.environment))
    error_message = "A label is 1 to 63 of [a-z0-9_-]."
  }
}

variable "prefix" {
  description = "What names begin with: another one for a second deployment in a project."
  type        = string
  default     = "nf"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.prefix))
    error_message = "A prefix is 2 to 12 of [a-z0-9-], begins with a letter, and does not end with a \"-\"."
  }
}

variable "deletion_policy" {
  description = "What destroying does to what holds data: PREVENT in production."
  type        = string
  validation {
    condition     = contains(["DELETE", "PREVENT"], var.deletion_policy)
    error_message = "DELETE or PREVENT."
  }
}

variable "acknowledged" {
  description = <<-EOT
    File that says what clusters and GC rules data depends on. A plan that
    would delete data by a change of theirs, which is no destroy for
    Terraform, is refused until the file says so too. null: not compared.
  EOT
  type        = string
  default     = null
}

variable "cmek" {
  description = "Encrypt with a key of this project (Cloud KMS) instead of Google's. Cannot be changed later for Bigtable."
  type        = bool
  default     = false
}

variable "access_logs" {
  description = "Log who reads buckets, tables and secrets (data access audit logs of the project)."
  type        = bool
  default     = false
}

variable "existing" {
  description = <<-EOT
    What is there already, and is not made: network and subnet (full ids, of
    a Shared VPC host too); key (id of a KMS key, whose grants are yours);
    accounts (box = e-mail); instance and cluster (of Bigtable); buckets
    (purpose = name); secrets (a list of names).
  EOT
  type        = any
  default     = {}
  validation {
    condition = length(setsubtract(keys(var.existing), [
      "network", "subnet", "key", "accounts", "instance", "cluster", "buckets", "secrets",
    ])) == 0
    error_message = "existing has a member that nobody knows."
  }
  validation {
    condition     = can(var.existing.network) == can(var.existing.subnet) && can(var.existing.instance) == can(var.existing.cluster)
    error_message = "network needs subnet, and instance needs cluster, and the other way round."
  }
  validation {
    condition     = alltrue([for n in ["network", "subnet"] : can(regex("^projects/[^/]+/(global|regions/[^/]+)/${n == "network" ? "networks" : "subnetworks"}/[^/]+$", var.existing[n])) if can(var.existing[n])])
    error_message = "network is projects/P/global/networks/N, subnet projects/P/regions/R/subnetworks/S."
  }
  validation {
    condition     = !can(var.existing.subnet) || can(regex("/regions/${var.region}/", var.existing.subnet))
    error_message = "subnet is not in the region of everything."
  }
  validation {
    condition = alltrue(concat(
      [for e in values(try(var.existing.accounts, {})) : can(regex("^[^@ ]+@[^@ ]+[.]gserviceaccount[.]com$", e))],
      [for b in values(try(var.existing.buckets, {})) : can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", b))],
    ))
    error_message = "accounts are e-mail addresses of service accounts, buckets are names without gs://."
  }
  validation {
    condition     = !can(var.existing.key) || can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.existing.key))
    error_message = "key is projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the region of everything."
  }
  validation {
    condition = alltrue(concat(
      [for b in keys(try(var.existing.accounts, {})) : contains(["audit", "build", "composer", "fetch", "run", "scheduler", "spark"], b)],
      [for b in keys(try(var.existing.buckets, {})) : contains(["artifacts", "composer", "rejects", "spark", "staging"], b)],
    ))
    error_message = "A box or a bucket that nobody knows."
  }
}

variable "mapping_files" {
  description = "Mappings of nf-transform: tables, families, GC rules and splits come from them. null: those of the jobs."
  type        = list(string)
  default     = null
}

variable "bigtable" {
  description = <<-EOT
    Size of Bigtable: min_nodes, max_nodes (of the first cluster), cpu_target
    (60 %), storage_target (GB a node), storage_type (SSD), backup_days (0);
    clusters: further ones, name = { zone, min_nodes, max_nodes }.
  EOT
  type        = any
  validation {
    condition = length(setsubtract(keys(var.bigtable), [
      "min_nodes", "max_nodes", "cpu_target", "storage_target", "storage_type", "backup_days", "clusters",
      ])) == 0 && alltrue([for c in values(try(var.bigtable.clusters, {})) :
    try(length(setsubtract(keys(c), ["zone", "min_nodes", "max_nodes"])) == 0, false)])
    error_message = "bigtable, or one of its clusters, has a member that nobody knows; a cluster is { zone, min_nodes, max_nodes }."
  }
}

variable "retention" {
  description = "Days: how long staged data cannot be removed (0: it can), and when staged runs, rejects and logs are."
  type        = any
  validation {
    condition     = length(setsubtract(keys(var.retention), ["locked", "staging", "rejects", "logs"])) == 0
    error_message = "retention has a member that nobody knows."
  }
  validation {
    condition     = try(var.retention.locked < min(var.retention.staging, var.retention.rejects), true)
    error_message = "Objects can only be removed after their retention."
  }
  validation {
    condition     = try(alltrue([for d in [var.retention.locked + 1, var.retention.staging, var.retention.rejects, var.retention.logs] : d >= 1 && d <= 3650 && floor(d) == d]), false)
    error_message = "retention has locked (0 or more), staging, rejects and logs (1 to 3650), all of them in whole days."
  }
}

variable "network" {
  description = "range of the subnet; static_egress: one fixed public address for what leaves, for the API's allow-list."
  type        = any
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.network), ["range", "static_egress"])) == 0
    error_message = "network has a member that nobody knows."
  }
  validation {
    condition     = can(tobool(try(var.network.static_egress, false)))
    error_message = "network.static_egress is true or false."
  }
}

variable "jobs" {
  description = <<-EOT
    Folder of the job files, NAME.job.json, and of the sources and mappings
    that they name beside themselves: nf-job(5). What is not yet deployed can
    be checked with `nf-pipeline check`.
  EOT
  type        = string
  default     = "jobs"
  validation {
    condition     = length(fileset(var.jobs, "*.job.json")) > 0
    error_message = "There is no NAME.job.json in ${var.jobs}."
  }
}

variable "run" {
  description = <<-EOT
    Cloud Run jobs, one a job file, which fetch, load and audit what is due:
    the default where there is no Composer. image (that of make image, in our
    repository), cpu (1), memory (1Gi), hours (24, at most 168), env: more
    variables. null: none beside Composer.
  EOT
  type        = any
  default     = null
  validation {
    condition     = var.run == null || length(setsubtract(try(keys(var.run), []), ["image", "cpu", "memory", "hours", "env"])) == 0
    error_message = "run has a member that nobody knows."
  }
  validation {
    condition     = !can(var.run.image) || can(regex("^[^ /]+/[^ ]+$", var.run.image))
    error_message = "run.image is REGION-docker.pkg.dev/PROJECT/REPOSITORY/nf-tools:VERSION, or of another registry."
  }
  validation {
    condition     = contains(["1", "2", "4", "6", "8"], tostring(try(var.run.cpu, 1))) && can(regex("^[1-9][0-9]*(Mi|Gi)$", try(var.run.memory, "1Gi")))
    error_message = "run.cpu is 1, 2, 4, 6 or 8, run.memory such as 512Mi or 2Gi."
  }
  validation {
    condition     = alltrue([for k in keys(try(var.run.env, {})) : can(regex("^[A-Z][A-Z0-9_]*$", k)) && !can(regex("^(PIP|AIRFLOW|NF)_", k)) || contains(["NF_MAX_WINDOWS", "NF_PART_SECONDS", "NF_PART_SIZE", "NF_PATIENCE", "NF_POLL", "NF_REPORT_PATIENCE", "NF_RETRIES", "NF_RETRY_DELAY"], k)])
    error_message = "env may have variables of yours, and of ours NF_RETRIES, NF_RETRY_DELAY, NF_MAX_WINDOWS, NF_PART_SIZE, NF_PART_SECONDS, NF_POLL, NF_PATIENCE and NF_REPORT_PATIENCE; what else begins with NF_, PIP_ or AIRFLOW_ is set here or by Composer."
  }
}

variable "function" {
  description = "The function that fetches and stages: source (the zip that make wheel builds), memory (1Gi), max_instances (3), events: a topic whose messages it takes (false). null: none."
  type        = any
  default     = null
  validation {
    condition     = var.function == null || length(setsubtract(try(keys(var.function), []), ["source", "memory", "max_instances", "events"])) == 0
    error_message = "function has a member that nobody knows."
  }
  validation {
    condition     = can(regex("^[1-9][0-9]*(Mi|Gi)$", try(var.function.memory, "1Gi"))) && try(var.function.max_instances >= 1 && var.function.max_instances <= 1000, !can(var.function.max_instances))
    error_message = "function.memory is such as 512Mi or 2Gi, max_instances 1 to 1000."
  }
  validation {
    condition     = can(tobool(try(var.function.events, false)))
    error_message = "function.events is true or false."
  }
}

variable "composer" {
  description = <<-EOT
    The Composer 3 environment. image: version, and supported_until, the day
    after which Google no longer supports it; fetch: who fetches, "function"
    (if there is one) or "worker"; pool, load_pool: Airflow's pools of
    fetches and of loads, made by hand (README.md), null: the default one; size,
    resilience, min_workers, max_workers, packages, web_access,
    maintenance_window (start_time, end_time, recurrence), env: more
    variables of the workers. null: none.
  EOT
  type        = any
  default     = null
  validation {
    condition = var.composer == null || length(setsubtract(try(keys(var.composer), []), [
      "image", "fetch", "pool", "load_pool", "size", "resilience", "min_workers",
      "max_workers", "packages", "web_access", "maintenance_window", "env",
    ])) == 0
    error_message = "composer has a member that nobody knows."
  }
  validation {
    condition     = var.composer == null || try(length(setsubtract(keys(var.composer.image), ["version", "supported_until"])) == 0, false)
    error_message = "composer.image has version and supported_until, and nothing else."
  }
  validation {
    condition     = try(var.composer.maintenance_window, null) == null || try(sort(keys(var.composer.maintenance_window)) == tolist(["end_time", "recurrence", "start_time"]), false)
    error_message = "composer.maintenance_window has start_time, end_time and recurrence, and nothing else."
  }
  validation {
    condition     = alltrue([for k in keys(try(var.composer.env, {})) : can(regex("^[A-Z][A-Z0-9_]*$", k)) && !can(regex("^(PIP|AIRFLOW|NF)_", k)) || contains(["NF_MAX_WINDOWS", "NF_PART_SECONDS", "NF_PART_SIZE", "NF_PATIENCE", "NF_POLL", "NF_REPORT_PATIENCE", "NF_RETRIES", "NF_RETRY_DELAY"], k)])
    error_message = "env may have variables of yours, and of ours NF_RETRIES, NF_RETRY_DELAY, NF_MAX_WINDOWS, NF_PART_SIZE, NF_PART_SECONDS, NF_POLL, NF_PATIENCE and NF_REPORT_PATIENCE; what else begins with NF_, PIP_ or AIRFLOW_ is set here or by Composer."
  }
  validation {
    condition     = var.composer == null || contains(["worker", var.function == null ? "worker" : "function"], try(var.composer.fetch, "worker"))
    error_message = "fetch is \"worker\", or \"function\" if there is one."
  }
}

variable "wheel" {
  description = "Install the wheel of the release in Composer: true once it is uploaded."
  type        = bool
  default     = false
}

variable "spark" {
  description = "Spark batches (Dataproc Serverless), for the jobs that want them: bundle (the archive that make bundle builds). null: none."
  type        = any
  default     = null
  validation {
    condition     = var.spark == null || length(setsubtract(try(keys(var.spark), []), ["bundle"])) == 0
    error_message = "spark has a member that nobody knows."
  }
}

variable "code" {
  description = "The folder deploy/: the DAGs, the driver, what they share. null: where this configuration is."
  type        = string
  default     = null
}

variable "dist" {
  description = "Where make bundle and make wheel put what they build. null: build/dist."
  type        = string
  default     = null
}

variable "release" {
  description = "Version of nf-tools, in the names of wheel and bundle."
  type        = string
  default     = "0.1.0"
}

variable "readers" {
  description = "Who may read tables through the audit account: members."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for m in var.readers : can(regex("^(user|group|serviceAccount|principal|principalSet|domain):[^ ]+$", m))])
    error_message = "A reader is a member such as group:audit@example.com."
  }
}

variable "alerts" {
  description = "emails: who gets alerts; runbooks: where they can be read; uptime: jobs whose API is asked every five minutes from outside (none; not behind an allow-list); slos: make the SLOs too, true once there are entries to count (README.md)."
  type        = any
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.alerts), ["emails", "runbooks", "slos", "uptime"])) == 0
    error_message = "alerts has a member that nobody knows."
  }
  validation {
    condition     = !can(var.alerts.emails) || can([for e in var.alerts.emails : regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", e)])
    error_message = "alerts.emails is a list of addresses, [\"oncall@example.com\"]."
  }
  validation {
    condition     = can(tobool(try(var.alerts.slos, false))) && can([for u in try(var.alerts.uptime, []) : "${u}"])
    error_message = "alerts.slos is true or false, uptime a list of jobs."
  }
}

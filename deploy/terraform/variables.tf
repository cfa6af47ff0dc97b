# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
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
}

variable "zone" {
  description = "Zone of the Bigtable cluster, in the region."
  type        = string
}

variable "deletion_policy" {
  description = "What destroying does to what holds data: PREVENT in production."
  type        = string
  validation {
    condition     = contains(["DELETE", "PREVENT"], var.deletion_policy)
    error_message = "DELETE or PREVENT."
  }
}

variable "cmek" {
  description = "Encrypt with keys of this project (Cloud KMS) instead of Google's. Cannot be changed later for Bigtable."
  type        = bool
  default     = false
}

variable "mapping_files" {
  description = "Mappings of nf-transform: tables, families, GC rules and splits come from them."
  type        = list(string)
}

variable "bigtable" {
  description = "Size of the Bigtable cluster."
  type = object({
    min_nodes    = number
    max_nodes    = number
    cpu_target   = optional(number, 60)
    storage_type = optional(string, "SSD")
    backup_days  = optional(number, 0)
  })
}

variable "retention" {
  description = "Days: how long staged data cannot be removed, and when staged runs, rejects and logs are."
  type = object({
    locked  = number
    staging = number
    rejects = number
    logs    = number
  })
  validation {
    condition     = var.retention.locked < min(var.retention.staging, var.retention.rejects)
    error_message = "Objects can only be removed after their retention."
  }
}

variable "sources" {
  description = <<-EOT
    The APIs, by name (a label of every metric). url, and mapping:
    file name of its mapping; schedule, if Cloud Scheduler shall call the
    function; late_after: seconds after which its data is late; secrets: names of the
    secrets that nf-fetch reads; fetch_args: more arguments of nf-fetch, {start} and {end}
    are the window; max_rejects: "N" or "P%" of a share, bad records are kept in the bucket for rejects and the
    rest is loaded; without, the first one stops the load.
  EOT
  type = map(object({
    url        = string
    mapping    = string
    schedule   = optional(string)
    time_zone  = optional(string, "America/Sao_Paulo")
    late_after = optional(number, 93600)
    secrets    = optional(list(string), [])
    fetch_args = optional(list(string), [])

    max_rejects = optional(string)
  }))
  validation {
    condition     = alltrue([for n in keys(var.sources) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", n))])
    error_message = "A source's name is a label: [a-z0-9_-], at most 63."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : s.max_rejects == null || can(regex("^[0-9]+(\\.[0-9]+)?%?$", s.max_rejects))])
    error_message = "max_rejects is a number of records, or a percentage: 1%."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : can(regex("^https://[^/?#]+(/[^?#]*)?$", s.url))])
    error_message = "A source's url is https, without a query."
  }
}

variable "function" {
  description = "The function that fetches and stages; source is the zip that make builds. null: none."
  type = object({
    source        = string
    memory        = optional(string, "1Gi")
    max_instances = optional(number, 3)
    static_egress = optional(bool, false)
  })
  default = null
}

variable "composer" {
  description = <<-EOT
    The Composer 3 environment. wheel: install the wheel of the release, true once it is in the Python
    repository; spark_bytes: from so many bytes of records on, Spark loads a run, 0: never; pool:
    Airflow's pool of the fetches, made by hand (README.md), null: the default one. null: none.
  EOT
  type = object({
    image_version = string
    wheel         = optional(bool, false)
    spark_bytes   = optional(number, 0)
    pool          = optional(string)
    size          = optional(string, "ENVIRONMENT_SIZE_SMALL")
    resilience    = optional(string, "STANDARD_RESILIENCE")
    max_workers   = optional(number, 3)
    packages      = optional(map(string), {})
    web_access    = optional(list(string), [])
  })
  default = null
}

variable "spark" {
  description = "The account, network, bucket and files of Spark batches (Dataproc Serverless); bundle: the archive that make bundle builds. null: none."
  type = object({
    bundle = optional(string)
  })
  default = null
}

variable "code" {
  description = "The folder deploy/: the DAGs, the driver, what they share."
  type        = string
}

variable "release" {
  description = "Version of nf-tools, in the names of wheel and bundle."
  type        = string
}

variable "readers" {
  description = "Who may read tables through the account nf-audit: members."
  type        = list(string)
  default     = []
}

variable "alerts" {
  description = "Who is told of alerts, and where the runbooks can be read."
  type = object({
    emails   = optional(list(string), [])
    runbooks = optional(string)
  })
  default = {}
}

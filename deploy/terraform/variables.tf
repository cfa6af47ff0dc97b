# SPDX-License-Identifier: Apache-2.0
#
# Objects are of type any, so that a member that nobody knows is refused: a
# type with optional members would drop it silently.  The modules give the
# members their types and defaults.

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
}

variable "prefix" {
  description = "What names begin with: another one for a second deployment in a project."
  type        = string
  default     = "nf"
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$", var.prefix))
    error_message = "A prefix is at most 12 of [a-z0-9-], and begins with a letter."
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
    condition     = !can(var.existing.key) || can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.existing.key))
    error_message = "key is projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the region of everything."
  }
  validation {
    condition = alltrue(concat(
      [for b in keys(try(var.existing.accounts, {})) : contains(["audit", "build", "composer", "fetch", "scheduler", "spark"], b)],
      [for b in keys(try(var.existing.buckets, {})) : contains(["artifacts", "composer", "rejects", "spark", "staging", "state"], b)],
    ))
    error_message = "A box or a bucket that nobody knows."
  }
}

variable "mapping_files" {
  description = "Mappings of nf-transform: tables, families, GC rules and splits come from them. null: those of the sources, in mappings/."
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
    length(setsubtract(keys(c), ["zone", "min_nodes", "max_nodes"])) == 0])
    error_message = "bigtable has a member that nobody knows."
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
    condition     = var.retention.locked < min(var.retention.staging, var.retention.rejects)
    error_message = "Objects can only be removed after their retention."
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
}

variable "sources" {
  description = <<-EOT
    The APIs, by name (a label of every metric). url; mapping: file name of its
    mapping; schedule: cron; time_zone (America/Sao_Paulo); late_after: seconds
    after which its data is late (93600: a day and two hours); secrets: names
    of those that nf-fetch reads; fetch_args: more arguments of nf-fetch,
    {start} and {end} are the window, {start_date} and {end_date} its days,
    {secret:NAME} is where the secret is; max_rejects: "N" or "P%" of a share,
    bad records are kept in the bucket for rejects and the rest is loaded,
    without it the first one stops the load; uptime: ask the API every five
    minutes from outside (false; not behind an allow-list).
  EOT
  type        = any
  validation {
    condition     = alltrue([for n in keys(var.sources) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", n))])
    error_message = "A source's name is a label: [a-z0-9_-], at most 63."
  }
  validation {
    condition = alltrue([for s in values(var.sources) : length(setsubtract(keys(s), [
      "url", "mapping", "schedule", "time_zone", "late_after", "secrets", "fetch_args", "max_rejects", "uptime",
    ])) == 0])
    error_message = "A source has a member that nobody knows: ${join(", ", distinct(flatten([for s in values(var.sources) : tolist(setsubtract(keys(s), ["url", "mapping", "schedule", "time_zone", "late_after", "secrets", "fetch_args", "max_rejects", "uptime"]))])))}"
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : can(regex("^https://[^/?#]+(/[^?#]*)?$", s.url))])
    error_message = "A source's url is https, without a query."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : can(regex("^[^/]+\\.json$", s.mapping))])
    error_message = "A source's mapping is the name of a file: nf-relational.json."
  }
  validation {
    condition = alltrue([for s in values(var.sources) : try(s.schedule, null) == null || can(regex(join(" ", [
      "^([*]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?(,([*]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?)*",
      "([*]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?(,([*]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?)*",
      "([*]|([1-9]|[12][0-9]|3[01])(-([1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?(,([1-9]|[12][0-9]|3[01])(-([1-9]|[12][0-9]|3[01]))?)*",
      "([*]|([1-9]|1[0-2])(-([1-9]|1[0-2]))?)(/[1-9][0-9]?)?(,([1-9]|1[0-2])(-([1-9]|1[0-2]))?)*",
      "([*]|([0-7]|sun|mon|tue|wed|thu|fri|sat)(-([0-7]|sun|mon|tue|wed|thu|fri|sat))?)(/[1-7])?(,([0-7]|sun|mon|tue|wed|thu|fri|sat)(-([0-7]|sun|mon|tue|wed|thu|fri|sat))?)*$",
    ]), lower(s.schedule)))])
    error_message = "A source's schedule is a cron expression of five fields: 0 3 * * *."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : contains(jsondecode(file("${path.module}/zones.json")), try(s.time_zone, "America/Sao_Paulo"))])
    error_message = "A source's time_zone is one of the time zone database: America/Sao_Paulo."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : try(s.late_after, null) == null || can(s.late_after + 1 > 1) && try(s.late_after > 0, false)])
    error_message = "late_after is a number of seconds."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : try(s.late_after, null) != null || endswith(try(s.schedule, "* * *"), "* * *")])
    error_message = "A source that does not run every day needs its late_after: the default is a day and two hours."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : alltrue([for l in ["secrets", "fetch_args"] : !can(s[l]) || can([for t in s[l] : regex("^.+$", t)]) && !can(tostring(s[l]))])])
    error_message = "secrets and fetch_args are lists of texts."
  }
  validation {
    condition = alltrue([for s in values(var.sources) :
    toset(try(s.secrets, [])) == toset(flatten([for a in try(tolist(s.fetch_args), []) : flatten(regexall("{secret:([^}]*)}", a))]))])
    error_message = "Each of a source's secrets is used by its fetch_args ({secret:NAME}), and no other: what is not used would never be sent."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : try(s.max_rejects, null) == null || can(regex("^[0-9]+(\\.[0-9]+)?%?$", s.max_rejects))])
    error_message = "max_rejects is a number of records, or a percentage: 1%."
  }
  validation {
    condition     = alltrue([for s in values(var.sources) : can(tobool(try(s.uptime, false)))])
    error_message = "uptime is true or false."
  }
}

variable "function" {
  description = "The function that fetches and stages: source (the zip that make wheel builds), memory (1Gi), max_instances (3). null: none."
  type        = any
  default     = null
  validation {
    condition     = var.function == null || length(setsubtract(try(keys(var.function), []), ["source", "memory", "max_instances"])) == 0
    error_message = "function has a member that nobody knows."
  }
}

variable "composer" {
  description = <<-EOT
    The Composer 3 environment. image: version, and supported_until, the day
    after which Google no longer supports it; spark_bytes: from so many bytes
    of records on, Spark loads a run, 0: never; pool: Airflow's pool of the
    fetches, made by hand (README.md), null: the default one; size,
    resilience, min_workers, max_workers, packages, web_access,
    maintenance_window (start_time, end_time, recurrence), env: more
    variables of the workers. null: none.
  EOT
  type        = any
  default     = null
  validation {
    condition = var.composer == null || length(setsubtract(try(keys(var.composer), []), [
      "image", "spark_bytes", "pool", "size", "resilience", "min_workers",
      "max_workers", "packages", "web_access", "maintenance_window", "env",
    ])) == 0
    error_message = "composer has a member that nobody knows."
  }
  validation {
    condition     = var.composer == null || try(var.composer.spark_bytes, 0) == 0 || var.spark != null
    error_message = "spark_bytes needs spark."
  }
}

variable "wheel" {
  description = "Install the wheel of the release in Composer: true once it is uploaded."
  type        = bool
  default     = false
}

variable "spark" {
  description = "Spark batches (Dataproc Serverless): bundle (the archive that make bundle builds), shares (64), executors (8), hours (4), version (2.3). null: none."
  type        = any
  default     = null
  validation {
    condition     = var.spark == null || length(setsubtract(try(keys(var.spark), []), ["bundle", "shares", "executors", "hours", "version"])) == 0
    error_message = "spark has a member that nobody knows."
  }
  validation {
    condition = alltrue([for n, m in { shares = 1000, executors = 2000, hours = 336 } :
    try(var.spark[n], 2) >= (n == "executors" ? 2 : 1) && try(var.spark[n], 2) <= m && try(floor(var.spark[n]) == var.spark[n], true)])
    error_message = "shares: 1 to 1000, executors: 2 to 2000, hours: 1 to 336."
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
}

variable "alerts" {
  description = "emails: who gets alerts; runbooks: where they can be read; slos: make the SLOs too, true once there are entries to count (README.md)."
  type        = any
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.alerts), ["emails", "runbooks", "slos"])) == 0
    error_message = "alerts has a member that nobody knows."
  }
}

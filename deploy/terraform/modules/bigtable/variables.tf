# SPDX-License-Identifier: Apache-2.0

variable "prefix" {
  description = "What names begin with."
  type        = string
}

variable "region" {
  description = "Region of the first cluster."
  type        = string
}

variable "zone" {
  description = "Zone of the first cluster."
  type        = string
  validation {
    condition     = startswith(var.zone, "${var.region}-")
    error_message = "The zone is not in the region."
  }
}

variable "size" {
  description = "Nodes of the first cluster, target of CPU in percent and of storage in GB a node, storage, days of backups (0: none); further clusters, by name."
  type = object({
    min_nodes      = number
    max_nodes      = number
    cpu_target     = optional(number, 60)
    storage_target = optional(number)
    storage_type   = optional(string, "SSD")
    backup_days    = optional(number, 0)
    clusters = optional(map(object({
      zone      = string
      min_nodes = number
      max_nodes = number
    })), {})
  })
  validation {
    condition     = contains(["SSD", "HDD"], var.size.storage_type)
    error_message = "SSD or HDD."
  }
  validation {
    condition     = alltrue([for c in concat([var.size], values(var.size.clusters)) : 1 <= c.min_nodes && c.min_nodes <= c.max_nodes])
    error_message = "min_nodes is at least 1, and at most max_nodes."
  }
  validation {
    condition = !contains(keys(var.size.clusters), "main") && alltrue([for n, c in var.size.clusters :
    can(regex("^[a-z][a-z0-9-]{1,15}$", n)) && length("${var.prefix}-${n}") >= 6 && can(regex("^[a-z]+-[a-z]+[0-9]+-[a-z]$", c.zone))])
    error_message = "A cluster's name is 2 to 16 of [a-z0-9-], with the prefix at least 6, and not main; its zone is like southamerica-east1-b."
  }
  validation {
    condition     = var.key == null || alltrue([for c in values(var.size.clusters) : startswith(c.zone, "${var.region}-")])
    error_message = "With a key of its own each cluster is in the region of the key."
  }
  validation {
    condition     = var.size.cpu_target >= 10 && var.size.cpu_target <= 80
    error_message = "cpu_target is 10 to 80 percent."
  }
  validation {
    condition     = var.size.storage_target == null || try(var.size.storage_target >= (var.size.storage_type == "SSD" ? 2560 : 8192) && var.size.storage_target <= (var.size.storage_type == "SSD" ? 5120 : 16384), false)
    error_message = "storage_target is 2560 to 5120 GB a node, of HDD 8192 to 16384."
  }
  validation {
    condition     = length(distinct(concat([var.zone], [for c in values(var.size.clusters) : c.zone]))) == 1 + length(var.size.clusters)
    error_message = "Two clusters are in one zone."
  }
  validation {
    condition     = var.size.backup_days >= 0 && var.size.backup_days <= 90
    error_message = "Backups are kept for at most 90 days."
  }
}

variable "existing" {
  description = "Instance and cluster that are there already, or null."
  type        = object({ instance = string, cluster = string })
}

variable "acknowledged" {
  description = "Clusters (name to zone) and GC rules (mapping, table, family) that may be applied, or null."
  type        = any
}

variable "mappings" {
  description = "Decoded mappings, by file name."
  type        = any
  validation {
    condition = !can(regex(
      "\"(union|intersection)\":\\[[^]]*\"(union|intersection)\":\\[[^]]*\"(union|intersection)\":",
      jsonencode([for m in values(var.mappings) : [for t in values(m.tables) : [for f in values(t.families) : try(f.gc, null)]]])
    ))
    error_message = "A GC rule may be a union or intersection of such, no deeper."
  }
  validation {
    condition = alltrue([
      for rules in values({ for r in flatten([for m in values(var.mappings) : [for t, d in m.tables : [
        for f, c in d.families : { family = "${t}.${f}", gc = jsonencode(try(c.gc, null)) }
      ]]]) : r.family => r.gc... }) : length(distinct(rules)) == 1
    ])
    error_message = "Two mappings give one family different GC rules."
  }
}

variable "key" {
  description = "Id of the KMS key, or null."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

# SPDX-License-Identifier: Apache-2.0

variable "zone" {
  description = "Zone of the cluster."
  type        = string
}

variable "size" {
  description = "Nodes, target of CPU in percent, storage, days of backups (0: none)."
  type = object({
    min_nodes    = number
    max_nodes    = number
    cpu_target   = number
    storage_type = string
    backup_days  = number
  })
  validation {
    condition     = contains(["SSD", "HDD"], var.size.storage_type)
    error_message = "SSD or HDD."
  }
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

# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id; bucket names begin with it."
  type        = string
}

variable "prefix" {
  description = "What names begin with."
  type        = string
}

variable "region" {
  description = "Region of the buckets."
  type        = string
}

variable "retention" {
  description = "Days: how long objects are locked, staged and rejected ones kept."
  type = object({
    locked  = optional(number, 0)
    staging = number
    rejects = number
  })
}

variable "existing" {
  description = "Names of buckets that are there already, by purpose."
  type        = map(string)
}

variable "composer" {
  description = "Is there a bucket for Composer?"
  type        = bool
}

variable "spark" {
  description = "Is there a bucket for Spark's own files?"
  type        = bool
}

variable "key" {
  description = "Id of the KMS key, or null."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

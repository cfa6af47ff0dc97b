# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "prefix" {
  description = "What names begin with."
  type        = string
}

variable "region" {
  description = "Where the log bucket is."
  type        = string
}

variable "retention_days" {
  description = "How long entries are kept."
  type        = number
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Region of the key and of all that it encrypts."
  type        = string
}

variable "project_number" {
  description = "Project number, part of the agents' names."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

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
  description = "Region of the key and of all that it encrypts."
  type        = string
}

variable "project_number" {
  description = "Project number, part of the agents' names."
  type        = string
}

variable "services" {
  description = "The services that are on: agents of others do not exist."
  type        = list(string)
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

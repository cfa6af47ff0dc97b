# SPDX-License-Identifier: Apache-2.0

variable "names" {
  description = "Names of the secrets."
  type        = set(string)
}

variable "existing" {
  description = "Those of them that are there already."
  type        = set(string)
}

variable "region" {
  description = "The one region where they are kept."
  type        = string
}

variable "key" {
  description = "Id of the KMS key, or null."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

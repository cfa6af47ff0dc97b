# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "project_number" {
  description = "Project number."
  type        = string
}

variable "prefix" {
  description = "What names begin with."
  type        = string
}

variable "region" {
  description = "Region of the function."
  type        = string
}

variable "function" {
  description = "The zip, memory, most instances at a time."
  type = object({
    source        = string
    memory        = optional(string, "1Gi")
    max_instances = optional(number, 3)
    events        = optional(bool, false)
  })
  validation {
    condition     = fileexists(var.function.source)
    error_message = "There is no ${var.function.source}: make wheel builds it."
  }
}

variable "callers" {
  description = "Who else may call it: members, by box."
  type        = map(string)
}

variable "secrets" {
  description = "Ids of the secrets, by the variables that they are in."
  type        = map(string)
}

variable "env" {
  description = "Its environment, but for the deadline."
  type        = map(string)
}

variable "artifacts" {
  description = "Bucket of the zip."
  type        = string
}

variable "accounts" {
  description = "E-mails of the accounts fetch and build."
  type        = map(string)
}

variable "network" {
  description = "Network and subnet that everything leaves by, or null."
  type = object({
    network = string
    subnet  = string
  })
}

variable "key" {
  description = "Id of the KMS key, or null."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
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
    memory        = string
    max_instances = number
  })
}

variable "sources" {
  description = "The APIs, by name."
  type        = any
}

variable "secrets" {
  description = "Ids of the secrets, by name."
  type        = map(string)
}

variable "artifacts" {
  description = "Bucket of the zip."
  type        = string
}

variable "staging" {
  description = "Bucket of staged runs."
  type        = string
}

variable "accounts" {
  description = "E-mails of the accounts fetch, build and scheduler."
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

# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Region of the environment."
  type        = string
}

variable "composer" {
  description = "The environment: image, DAGs, packages, size."
  type = object({
    image_version = string
    wheel         = bool
    size          = string
    resilience    = string
    max_workers   = number
    packages      = map(string)
    web_access    = list(string)
  })
  validation {
    condition     = can(regex("^composer-3-airflow-[23][0-9.]*(-build\\.[0-9]+)?$", var.composer.image_version))
    error_message = "An image of Composer 3: composer-3-airflow-X.Y.Z-build.N."
  }
}

variable "release" {
  description = "Version of the wheel."
  type        = string
}

variable "dags" {
  description = "Files of the folder dags/: name to path."
  type        = map(string)
}

variable "account" {
  description = "E-mail of the workers' account."
  type        = string
}

variable "network" {
  description = "Network and subnet of the workers."
  type = object({
    network = string
    subnet  = string
  })
}

variable "bucket" {
  description = "Bucket of the environment."
  type        = string
}

variable "repository" {
  description = "The repository of the wheel."
  type        = object({ repository_id = string })
}

variable "mapping_files" {
  description = "Mappings that the DAG uses."
  type        = list(string)
}

variable "env" {
  description = "Environment of the workers."
  type        = map(string)
}

variable "key" {
  description = "Id of the KMS key, or null."
  type        = string
}

variable "deletion_policy" {
  description = "DELETE or PREVENT."
  type        = string
}

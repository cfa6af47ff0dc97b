# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "project_number" {
  description = "Project number (gcloud projects describe PROJECT)."
  type        = string
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "southamerica-east1"
}

variable "zone" {
  description = "Zone of Bigtable, in the region."
  type        = string
  default     = "southamerica-east1-a"
}

variable "mappings" {
  description = "Files in mappings/ whose tables are made."
  type        = list(string)
}

variable "sources" {
  description = "The APIs, by name; see ../../variables.tf."
  type        = any
}

variable "function_source" {
  description = "The function's zip, built by make."
  type        = string
}

variable "composer_image" {
  description = "Image of Composer 3."
  type        = string
  default     = "composer-3-airflow-2.10.5-build.10"
}

variable "release" {
  description = "Version of nf-tools."
  type        = string
  default     = "0.1.0"
}

variable "spark_bundle" {
  description = "The archive of the tools for Spark, built by make bundle; null: none yet."
  type        = string
  default     = null
}

variable "spark_bytes" {
  description = "From so many bytes of records on, Spark loads a run; 0: never."
  type        = number
  default     = 0
}

variable "pool" {
  description = "Airflow's pool of the fetches, so that no more than its slots call the API at once; null: the default one."
  type        = string
  default     = null
}

variable "wheel" {
  description = "Install the wheel of the release: true once it is uploaded."
  type        = bool
  default     = false
}

variable "readers" {
  description = "Members who may act as nf-audit."
  type        = list(string)
  default     = []
}

variable "alerts" {
  description = "Who is told of alerts (emails), and where the runbooks can be read."
  type = object({
    emails   = optional(list(string), [])
    runbooks = optional(string)
  })
  default = {}
}

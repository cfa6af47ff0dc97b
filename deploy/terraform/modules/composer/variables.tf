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
  description = "Region of the environment."
  type        = string
}

variable "composer" {
  description = "The environment: image, size, workers, packages."
  type = object({
    image = object({
      version         = string
      supported_until = string
    })
    size        = optional(string, "ENVIRONMENT_SIZE_SMALL")
    resilience  = optional(string, "STANDARD_RESILIENCE")
    min_workers = optional(number, 1)
    max_workers = optional(number, 3)
    packages    = optional(map(string), {})
    web_access  = optional(list(string), [])
    maintenance_window = optional(object({
      start_time = string
      end_time   = string
      recurrence = string
    }))
  })
  validation {
    condition     = can(regex("^composer-3-airflow-[23]\\.[0-9]+\\.[0-9]+-build\\.[0-9]+$", var.composer.image.version))
    error_message = "An image of Composer 3, with its build: composer-3-airflow-X.Y.Z-build.N."
  }
  validation {
    condition     = can(formatdate("YYYY", "${var.composer.image.supported_until}T00:00:00Z"))
    error_message = "supported_until is a day: 2027-03-03."
  }
  validation {
    condition     = contains([for s in ["SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE"] : "ENVIRONMENT_SIZE_${s}"], var.composer.size)
    error_message = "size is ENVIRONMENT_SIZE_SMALL, _MEDIUM, _LARGE or _EXTRA_LARGE."
  }
  validation {
    condition     = contains(["STANDARD_RESILIENCE", "HIGH_RESILIENCE"], var.composer.resilience)
    error_message = "resilience is STANDARD_RESILIENCE or HIGH_RESILIENCE."
  }
  validation {
    condition     = 1 <= var.composer.min_workers && var.composer.min_workers <= var.composer.max_workers && var.composer.max_workers <= 100
    error_message = "min_workers is at least 1 and at most max_workers, and that at most 100."
  }
  validation {
    condition     = !contains(keys(var.composer.packages), "nf-tools")
    error_message = "nf-tools is installed by wheel = true."
  }
}

variable "wheel" {
  description = "Install the wheel of the release?"
  type        = bool
}

variable "triggerer" {
  description = "Is there a task that waits without a worker?"
  type        = bool
}

variable "jobs" {
  description = "Files of the folder data/jobs/: name to path."
  type        = map(string)
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

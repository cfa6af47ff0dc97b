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
  description = "Region of the jobs."
  type        = string
}

variable "run" {
  description = "The image, and what a task of it gets."
  type = object({
    image  = string
    cpu    = optional(string, "1")
    memory = optional(string, "1Gi")
    hours  = optional(number, 24)
    env    = optional(map(string), {})
  })
  validation {
    condition     = var.run.hours >= 1 && var.run.hours <= 168 && floor(var.run.hours) == var.run.hours
    error_message = "hours is 1 to 168."
  }
}

variable "jobs" {
  description = "The job files, by name: shares, schedule, its zone, secrets by their variables."
  type = map(object({
    shares   = number
    schedule = optional(string)
    zone     = string
    secrets  = map(string)
  }))
}

variable "scheduled" {
  description = "Does Cloud Scheduler start the jobs?"
  type        = bool
}

variable "env" {
  description = "Environment of every task."
  type        = map(string)
}

variable "accounts" {
  description = "E-mails of the accounts run and scheduler."
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

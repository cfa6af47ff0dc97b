# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "prefix" {
  description = "What names begin with: those of the log, of metrics and alerts."
  type        = string
  default     = "nf"
}

variable "sources" {
  description = "The APIs, by name: url; uptime: ask it from outside?"
  type = map(object({
    url    = string
    uptime = optional(bool, false)
  }))
}

variable "instance" {
  description = "Name of the Bigtable instance."
  type        = string
}

variable "slos" {
  description = "Make the SLOs: only when their metrics have entries."
  type        = bool
  default     = false
}

variable "emails" {
  description = "Addresses that alerts are sent to."
  type        = list(string)
  default     = []
}

variable "runbooks" {
  description = "Where the runbooks can be read, an address; null: only in the alert's text."
  type        = string
  default     = null
}

variable "reject_ratio" {
  description = "Share of refused records that is worth a look."
  type        = number
  default     = 0.01
}

variable "goals" {
  description = "Share of attempts that end well, and of hours in which data is fresh."
  type        = map(number)
  default     = { attempts = 0.95, fresh = 0.99 }
}

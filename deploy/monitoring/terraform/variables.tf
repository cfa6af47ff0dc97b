# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "sources" {
  description = "The APIs, by name: url, for the uptime checks."
  type        = map(object({ url = string }))
}

variable "watched" {
  description = "Does the hourly freshness check run?  Without it there is no alert on late data."
  type        = bool
}

variable "emails" {
  description = "Who is told of alerts: addresses."
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

variable "goal" {
  description = "Share of attempts that end well, and of hours in which data is fresh."
  type        = number
  default     = 0.99
}

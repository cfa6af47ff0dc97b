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
  description = "Region of the subnet."
  type        = string
}

variable "range" {
  description = "Addresses of the subnet."
  type        = string
  validation {
    condition     = can(cidrhost(var.range, 1))
    error_message = "range is a range of addresses: 10.20.0.0/20."
  }
}

variable "nat" {
  description = "Does anything without a public address call what is not Google's?"
  type        = bool
}

variable "static_egress" {
  description = "One fixed public address for what leaves, by Cloud NAT."
  type        = bool
}

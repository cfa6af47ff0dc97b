# SPDX-License-Identifier: Apache-2.0

variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Region of the subnet."
  type        = string
}

variable "range" {
  description = "Addresses of the subnet."
  type        = string
  default     = "10.20.0.0/20"
}

variable "static_egress" {
  description = "One fixed public address for what leaves, by Cloud NAT."
  type        = bool
}

# SPDX-License-Identifier: Apache-2.0

output "buckets" {
  description = "Names of the buckets, by purpose."
  value       = module.storage.buckets
}

output "target" {
  description = "Where nf-load writes."
  value       = "bigtable://${var.project}/${module.bigtable.instance}"

  precondition {
    condition     = alltrue([for s in values(local.sources) : contains(keys(local.mappings), s.mapping)])
    error_message = "A source's mapping is not one of mapping_files: nobody would make its tables."
  }
}

output "app_profile" {
  description = "App profile of nf-load."
  value       = module.bigtable.app_profile
}

output "function" {
  description = "Address of the function."
  value       = var.function == null ? null : module.function[0].uri
}

output "egress" {
  description = "Address that the API sees, if it is fixed."
  value       = try(module.network[0].egress, null)
}

output "accounts" {
  description = "Service accounts, by box."
  value       = local.email
}

output "python_repository" {
  description = "Where wheels are uploaded to."
  value       = var.composer == null ? null : module.composer[0].upload
}

output "acknowledge" {
  description = "What the file acknowledged would say of this deployment."
  value       = module.bigtable.facts
}

# SPDX-License-Identifier: Apache-2.0

output "buckets" {
  description = "Names of the buckets, by purpose."
  value       = module.storage.buckets
}

output "jobs" {
  description = "The jobs, by name: how much time a window of each is, and when it is late."
  value       = { for n, j in local.jobs : n => { every = try(j.window.every, null), late_after = try(j.late_after, null) } }

  precondition {
    condition     = length(local.wrong) == 0
    error_message = "A job is wrong:\n${join("\n", local.wrong)}"
  }
}

output "target" {
  description = "Where nf-load writes."
  value       = "bigtable://${var.project}/${module.bigtable.instance}"

  precondition {
    condition     = alltrue([for f in local.job_mappings : contains(keys(local.mappings), basename(f))])
    error_message = "A job's mapping is not one of mapping_files: nobody would make its tables."
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

output "images" {
  description = "Where the image of Cloud Run is uploaded to."
  value       = local.run == null ? null : module.run[0].images
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

# SPDX-License-Identifier: Apache-2.0

output "buckets" {
  description = "Names of the buckets, by purpose."
  value = merge(
    { for n, b in google_storage_bucket.nf : n => b.name },
    { for n, b in var.existing : n => b if contains(keys(local.wanted), n) },
  )
}

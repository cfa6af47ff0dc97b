# SPDX-License-Identifier: Apache-2.0

output "buckets" {
  description = "Names of the buckets, by purpose."
  value       = { for n, b in google_storage_bucket.nf : n => b.name }
}

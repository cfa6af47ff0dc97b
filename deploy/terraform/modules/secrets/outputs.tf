# SPDX-License-Identifier: Apache-2.0

output "ids" {
  description = "Ids of the secrets, by name."
  value = merge(
    { for n in setintersection(var.names, var.existing) : n => n },
    { for n, s in google_secret_manager_secret.nf : n => s.secret_id },
  )
}

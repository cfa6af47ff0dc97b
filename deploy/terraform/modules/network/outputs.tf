# SPDX-License-Identifier: Apache-2.0

output "network" {
  description = "Id of the network."
  value       = google_compute_network.nf.id
}

output "subnet" {
  description = "Id of the subnet."
  value       = google_compute_subnetwork.nf.id
}

output "egress" {
  description = "The fixed public address, if there is one."
  value       = var.static_egress ? google_compute_address.egress[0].address : null
}

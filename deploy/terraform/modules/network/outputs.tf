# SPDX-License-Identifier: Apache-2.0

output "network" {
  description = "Id of the network, known before it exists."
  value       = "projects/${var.project}/global/networks/${google_compute_network.nf.name}"
}

output "subnet" {
  description = "Id of the subnet, known before it exists."
  value       = "projects/${var.project}/regions/${var.region}/subnetworks/${google_compute_subnetwork.nf.name}"
}

output "egress" {
  description = "The fixed public address, if there is one."
  value       = var.static_egress ? google_compute_address.egress[0].address : null
}

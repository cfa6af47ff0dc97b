# SPDX-License-Identifier: Apache-2.0

output "ids" {
  description = "Ids of network and subnet, known before they exist."
  value = {
    network = "projects/${var.project}/global/networks/${google_compute_network.nf.name}"
    subnet  = "projects/${var.project}/regions/${var.region}/subnetworks/${google_compute_subnetwork.nf.name}"
  }
  # Without it what runs there calls no API.
  depends_on = [google_compute_router_nat.nf]
}

output "egress" {
  description = "The fixed public address, if there is one."
  value       = var.static_egress ? google_compute_address.egress[0].address : null
}

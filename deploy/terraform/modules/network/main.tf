# SPDX-License-Identifier: Apache-2.0
#
# The network of Spark, Composer and, if the API allows only known addresses,
# of the function.  No machine has a public address: Google's APIs are reached
# privately, everything else by Cloud NAT, which Composer's workers need to
# call an API at all.

resource "google_compute_network" "nf" {
  name                    = var.prefix
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "nf" {
  name                     = var.prefix
  network                  = google_compute_network.nf.id
  region                   = var.region
  ip_cidr_range            = var.range
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

# Spark's driver and executors talk to each other on any port.
resource "google_compute_firewall" "inside" {
  name          = "${var.prefix}-inside"
  network       = google_compute_network.nf.id
  direction     = "INGRESS"
  source_ranges = [var.range]

  allow {
    protocol = "tcp"
  }
  allow {
    protocol = "udp"
  }
  allow {
    protocol = "icmp"
  }
}

resource "google_compute_router" "nf" {
  count = var.nat || var.static_egress ? 1 : 0

  name    = var.prefix
  network = google_compute_network.nf.id
  region  = var.region
}

resource "google_compute_address" "egress" {
  count = var.static_egress ? 1 : 0

  name   = "${var.prefix}-egress"
  region = var.region
}

resource "google_compute_router_nat" "nf" {
  count = var.nat || var.static_egress ? 1 : 0

  name                               = var.prefix
  router                             = google_compute_router.nf[0].name
  region                             = var.region
  nat_ip_allocate_option             = var.static_egress ? "MANUAL_ONLY" : "AUTO_ONLY"
  nat_ips                            = google_compute_address.egress[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.nf.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

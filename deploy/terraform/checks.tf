# SPDX-License-Identifier: Apache-2.0
#
# What is worth a warning at every plan.

check "composer_image" {
  assert {
    condition     = var.composer == null || timecmp(plantimestamp(), "${try(var.composer.image.supported_until, "2000-01-01")}T00:00:00Z") < 0
    error_message = "Google no longer supports the image of Composer: choose a newer version, and its supported_until."
  }
}

check "public_composer_without_nat" {
  assert {
    condition     = var.composer == null || !can(var.existing.network)
    error_message = "Composer has no public addresses: your network needs a Cloud NAT, or its workers reach no API."
  }
}

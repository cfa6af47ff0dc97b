# SPDX-License-Identifier: Apache-2.0

output "images" {
  description = "Where the image is uploaded to."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.tools.repository_id}"
}

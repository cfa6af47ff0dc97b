# SPDX-License-Identifier: Apache-2.0

output "name" {
  description = "Name of the function and of its service."
  value       = google_cloudfunctions2_function.fetch.name
}

output "uri" {
  description = "Address of the function."
  value       = google_cloudfunctions2_function.fetch.service_config[0].uri
}

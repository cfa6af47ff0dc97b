# SPDX-License-Identifier: Apache-2.0

output "key" {
  description = "Id of the key, known before it exists; resources that use it wait until the agents may."
  value       = "projects/${var.project}/locations/${var.region}/keyRings/${google_kms_key_ring.nf.name}/cryptoKeys/${google_kms_crypto_key.nf.name}"
  depends_on  = [google_kms_crypto_key_iam_member.agent]
}

output "agents" {
  description = "The service agents that may use the key."
  value       = keys(google_kms_crypto_key_iam_member.agent)
}

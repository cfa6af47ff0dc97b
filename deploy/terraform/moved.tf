# SPDX-License-Identifier: Apache-2.0
#
# Where things were when environments/dev and environments/prod were roots of
# their own, and this folder a module.  An empty plan says that all moved.

moved {
  from = module.nf.google_project_service.api
  to   = google_project_service.api
}
moved {
  from = module.nf.google_service_account.box
  to   = google_service_account.box
}
moved {
  from = module.nf.google_project_iam_member.box
  to   = google_project_iam_member.box
}
moved {
  from = module.nf.google_storage_bucket_iam_member.box
  to   = google_storage_bucket_iam_member.box
}
moved {
  from = module.nf.google_bigtable_table_iam_member.box
  to   = google_bigtable_table_iam_member.box
}
moved {
  from = module.nf.google_secret_manager_secret_iam_member.box
  to   = google_secret_manager_secret_iam_member.box
}
moved {
  from = module.nf.google_storage_bucket_object.spark
  to   = google_storage_bucket_object.spark
}
moved {
  from = module.nf.google_artifact_registry_repository.python[0]
  to   = module.composer[0].google_artifact_registry_repository.python["own"]
}
moved {
  from = module.nf.module.kms
  to   = module.kms
}
moved {
  from = module.nf.module.network
  to   = module.network
}
moved {
  from = module.nf.module.storage
  to   = module.storage
}
moved {
  from = module.nf.module.bigtable
  to   = module.bigtable
}
moved {
  from = module.nf.module.secrets
  to   = module.secrets
}
moved {
  from = module.nf.module.logs
  to   = module.logs
}
moved {
  from = module.nf.module.monitoring
  to   = module.monitoring
}
moved {
  from = module.nf.module.function
  to   = module.function
}
moved {
  from = module.nf.module.composer
  to   = module.composer
}

# SPDX-License-Identifier: Apache-2.0
#
# Cloud Run jobs: one a job file, which takes what is due, and one that looks at
# the ledgers once an hour.  A task may take a week; what it was at when it
# ended, the next one goes on with.

locals {
  folder = "/opt/nf/share/nf-tools/run"
  jobs = merge(
    { for n, j in var.jobs : n => {
      command = ["python3", "${local.folder}/nf_cloud_run.py"], args = [n]
      tasks   = j.shares, hours = var.run.hours, secrets = j.secrets
    } },
    # No job file has a name with a "_".
    { _watch = {
      command = ["python3", "${local.folder}/nf_watch.py"], args = []
      tasks   = 1, hours = 1, secrets = {}
    } },
  )
  schedules = merge(
    { for n, j in var.jobs : n => { cron = j.schedule, zone = j.zone } if j.schedule != null },
    { _watch = { cron = "23 * * * *", zone = "UTC" } },
  )
  scheduled = { for n, s in local.schedules : n => s if var.scheduled }
}

resource "google_artifact_registry_repository" "tools" {
  location        = var.region
  repository_id   = "${var.prefix}-tools"
  description     = "The image of nf-tools."
  format          = "DOCKER"
  kms_key_name    = var.key
  deletion_policy = var.deletion_policy

  docker_config {
    immutable_tags = true
  }
}

resource "google_cloud_run_v2_job" "nf" {
  for_each = local.jobs

  name                = "${var.prefix}-${trimprefix(each.key, "_")}${startswith(each.key, "_") ? "" : "-job"}"
  location            = var.region
  deletion_protection = false # a job holds no data

  template {
    task_count  = each.value.tasks
    parallelism = each.value.tasks

    template {
      service_account = var.accounts.run
      timeout         = "${each.value.hours * 3600}s"
      encryption_key  = var.key
      # What can be tried again is, by the task itself and for hours; this is
      # for a task that died.
      max_retries = 1

      containers {
        image   = var.run.image
        command = each.value.command
        args    = each.value.args

        resources {
          limits = { cpu = var.run.cpu, memory = var.run.memory }
        }
        dynamic "env" {
          for_each = merge(var.env, var.run.env)
          content {
            name  = env.key
            value = env.value
          }
        }
        dynamic "env" {
          for_each = each.value.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value
                version = "latest"
              }
            }
          }
        }
      }

      dynamic "vpc_access" {
        for_each = var.network == null ? [] : [var.network]
        content {
          egress = "ALL_TRAFFIC"
          network_interfaces {
            network    = vpc_access.value.network
            subnetwork = vpc_access.value.subnet
          }
        }
      }
    }
  }

  depends_on = [google_artifact_registry_repository.tools]
}

# When to look, and nothing of what to ask for.
resource "google_cloud_scheduler_job" "nf" {
  for_each = local.scheduled

  name      = google_cloud_run_v2_job.nf[each.key].name
  region    = var.region
  schedule  = each.value.cron
  time_zone = each.value.zone

  retry_config {
    retry_count = 3
  }

  http_target {
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/${google_cloud_run_v2_job.nf[each.key].name}:run"
    http_method = "POST"

    oauth_token {
      service_account_email = var.accounts.scheduler
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  for_each = local.scheduled

  name     = google_cloud_run_v2_job.nf[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.accounts.scheduler}"

  lifecycle {
    replace_triggered_by = [google_cloud_run_v2_job.nf[each.key].id]
  }
}

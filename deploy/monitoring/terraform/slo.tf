# SPDX-License-Identifier: Apache-2.0
#
# What is promised to who reads the tables: attempts end well, data is fresh.
# What is repeated by itself is not held against us.

locals {
  metric = "resource.type=\"global\" AND metric.type=\"logging.googleapis.com/user/"
  slos = {
    attempts = {
      title = "Attempts that end well"
      good  = "${local.metric}nf_attempts\" AND metric.labels.tool=\"pipeline\" AND metric.labels.outcome=\"ok\""
      bad   = "${local.metric}nf_attempts\" AND metric.labels.tool=\"pipeline\" AND metric.labels.outcome=\"failed\""
    }
    fresh = {
      title = "Hours in which data is fresh"
      good  = "${local.metric}nf_freshness\" AND metric.labels.outcome=\"ok\""
      bad   = "${local.metric}nf_freshness\" AND metric.labels.outcome=\"late\""
    }
  }
}

resource "google_monitoring_custom_service" "nf" {
  service_id   = "nf-tools"
  display_name = "nf-tools"
}

resource "google_monitoring_slo" "nf" {
  for_each = local.slos

  service             = google_monitoring_custom_service.nf.service_id
  slo_id              = each.key
  display_name        = each.value.title
  goal                = var.goal
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      good_service_filter = each.value.good
      bad_service_filter  = each.value.bad
    }
  }

  depends_on = [google_logging_metric.counter]
}

# Does the API answer at all?  It is asked without credentials, so that it
# refuses is an answer too.
resource "google_monitoring_uptime_check_config" "api" {
  for_each = var.sources

  display_name       = "nf-${each.key}"
  timeout            = "10s"
  period             = "300s"
  log_check_failures = true

  http_check {
    path         = try(regex("^https://[^/]+(/.*)$", each.value.url)[0], "/")
    port         = tonumber(try(regex("^https://[^/]+:([0-9]+)", each.value.url)[0], 443))
    use_ssl      = true
    validate_ssl = true

    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }
    accepted_response_status_codes {
      status_value = 400
    }
    accepted_response_status_codes {
      status_value = 401
    }
    accepted_response_status_codes {
      status_value = 403
    }
    accepted_response_status_codes {
      status_value = 405
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project
      host       = regex("^https://([^/:]+)", each.value.url)[0]
    }
  }
}

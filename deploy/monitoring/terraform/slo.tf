# SPDX-License-Identifier: Apache-2.0
#
# What is promised to who reads the tables: attempts end well, data is fresh.
# What is repeated by itself is not held against us.

#
# Cloud Monitoring takes an SLO only on metrics that it has seen; so they are
# made by a later apply (slos = true), and the alert on burn (alerts.tf) does
# not need them.

locals {
  metric = "resource.type=\"global\" AND metric.type=\"logging.googleapis.com/user/${local.m}_"
  slos = merge([for s in var.slos ? keys(var.sources) : [] : {
    "${s}-attempts" = {
      title = "${s}: attempts that end well"
      goal  = var.goals.attempts
      good  = "${local.metric}attempts\" AND metric.labels.source=\"${s}\" AND metric.labels.tool=\"pipeline\" AND metric.labels.outcome=\"ok\""
      bad   = "${local.metric}attempts\" AND metric.labels.source=\"${s}\" AND metric.labels.tool=\"pipeline\" AND metric.labels.outcome=\"failed\""
    }
    "${s}-fresh" = {
      title = "${s}: hours in which data is fresh"
      goal  = var.goals.fresh
      good  = "${local.metric}freshness\" AND metric.labels.source=\"${s}\" AND metric.labels.outcome=\"ok\""
      bad   = "${local.metric}freshness\" AND metric.labels.source=\"${s}\" AND metric.labels.outcome=\"late\""
    }
  }]...)
}

resource "google_monitoring_custom_service" "nf" {
  service_id   = "${var.prefix}-tools"
  display_name = "${var.prefix}-tools"
}

resource "google_monitoring_slo" "nf" {
  for_each = local.slos

  service             = google_monitoring_custom_service.nf.service_id
  slo_id              = each.key
  display_name        = each.value.title
  goal                = each.value.goal
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
# refuses is an answer too.  Google asks from addresses of its own, which an
# allow-list would not let in.
resource "google_monitoring_uptime_check_config" "api" {
  for_each = local.asked

  display_name       = "${var.prefix}-${each.key}"
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

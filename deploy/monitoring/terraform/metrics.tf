# SPDX-License-Identifier: Apache-2.0
#
# Metrics made of the log nf-run (../../common/README.md).  Labels are few and
# their values too; they and the kinds can never be changed later, only under
# a new name.  Filters use only AND, =, =~ with RE2 and :* (the field is there).

locals {
  m    = replace(var.prefix, "-", "_")
  log  = "logName=\"projects/${var.project}/logs/${var.prefix}-run\""
  tool = "jsonPayload.tool=~\"^nf-(fetch|stage|transform|load)$\""

  counters = {
    attempts = {
      description = "Attempts, and the tools in them, that ended."
      filter      = "jsonPayload.event=\"attempt\""
      labels      = ["tool", "source", "outcome", "reason"]
    }
    freshness = {
      description = "Hourly looks at the ledger of a job: are windows late?"
      filter      = "jsonPayload.event=\"freshness\""
      labels      = ["source", "outcome"]
    }
  }

  # A number in an entry can only become a distribution; its sum is what is
  # mostly wanted.
  distributions = {
    records_in        = { field = "records_in", unit = "1", scale = 1, description = "Records read." }
    records_out       = { field = "records_out", unit = "1", scale = 1, description = "Records written." }
    records_rejected  = { field = "rejected", unit = "1", scale = 1, description = "Records refused." }
    retries           = { field = "retried", unit = "1", scale = 1, description = "Requests sent again." }
    bytes_out         = { field = "bytes_out", unit = "By", scale = 1024, description = "Bytes written." }
    seconds           = { field = "seconds", unit = "s", scale = 0.01, description = "Time from start to end." }
    throttled_seconds = { field = "throttled_seconds", unit = "s", scale = 0.01, description = "Time waited because the other side asked to." }
  }
}

resource "google_logging_metric" "counter" {
  for_each = local.counters

  name             = "${local.m}_${each.key}"
  description      = each.value.description
  filter           = "${local.log} AND ${each.value.filter}"
  label_extractors = { for l in each.value.labels : l => "EXTRACT(jsonPayload.${l})" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key = labels.value
      }
    }
  }
}

resource "google_logging_metric" "distribution" {
  for_each = local.distributions

  name        = "${local.m}_${each.key}"
  description = each.value.description
  # The entry of a tool that was killed has no numbers.
  filter          = "${local.log} AND jsonPayload.event=\"attempt\" AND ${local.tool} AND jsonPayload.${each.value.field}:*"
  value_extractor = "EXTRACT(jsonPayload.${each.value.field})"
  label_extractors = {
    tool    = "EXTRACT(jsonPayload.tool)"
    source  = "EXTRACT(jsonPayload.source)"
    outcome = "EXTRACT(jsonPayload.outcome)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit

    labels {
      key = "tool"
    }
    labels {
      key = "source"
    }
    labels {
      key = "outcome"
    }
  }
  bucket_options {
    exponential_buckets {
      scale              = each.value.scale
      growth_factor      = 2
      num_finite_buckets = 32
    }
  }
}

resource "google_logging_metric" "rejects" {
  name            = "${local.m}_rejects"
  description     = "Records refused, by reason."
  filter          = "${local.log} AND jsonPayload.event=\"reject\" AND ${local.tool}"
  value_extractor = "EXTRACT(jsonPayload.rejected)"
  label_extractors = {
    tool   = "EXTRACT(jsonPayload.tool)"
    source = "EXTRACT(jsonPayload.source)"
    reason = "EXTRACT(jsonPayload.reason)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"

    labels {
      key = "tool"
    }
    labels {
      key = "source"
    }
    labels {
      key = "reason"
    }
  }
  bucket_options {
    exponential_buckets {
      scale              = 1
      growth_factor      = 2
      num_finite_buckets = 32
    }
  }
}

resource "google_logging_metric" "age" {
  name            = "${local.m}_age_seconds"
  description     = "How long ago the oldest window ended that is due, once an hour; 0 if none is."
  filter          = "${local.log} AND jsonPayload.event=\"freshness\""
  value_extractor = "EXTRACT(jsonPayload.age_seconds)"
  label_extractors = {
    source = "EXTRACT(jsonPayload.source)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"

    labels {
      key = "source"
    }
  }
  bucket_options {
    exponential_buckets {
      scale              = 60
      growth_factor      = 2
      num_finite_buckets = 20
    }
  }
}

# SPDX-License-Identifier: Apache-2.0
#
# The job files, nf-job(5), as every platform reads them.  What is wrong in one
# is said here, before anything is deployed: nf-stage would say it of the same
# file, but not until a window is due.

locals {
  jobs = { for f in fileset(var.jobs, "*.job.json") : trimsuffix(f, ".job.json") => jsondecode(file("${var.jobs}/${f}")) }

  # A source takes a secret from "env:NF_SECRET_NFE_TOKEN": it is nfe-token.  A
  # mapping may take one too, for its codes, and who only fetches has no need
  # of that.
  texts        = { for n, j in local.jobs : n => { source = try(file("${var.jobs}/${j.source}"), ""), mapping = try(file(local.job_mapping[n]), "") } }
  takes        = { for n, of in local.texts : n => { for what, text in of : what => { for v in toset(flatten(regexall("\"env:(NF_SECRET_[A-Z0-9_]+)\"", text))) : v => replace(lower(trimprefix(v, "NF_SECRET_")), "_", "-") } } }
  job_secrets  = { for n, of in local.takes : n => merge(of.source, of.mapping) }
  source_takes = merge([for of in values(local.takes) : of.source]...)
  secrets      = toset(flatten([for of in values(local.job_secrets) : values(of)]))
  job_urls     = { for n, of in local.texts : n => try(jsondecode(of.source).url, "") }

  job_mapping = { for n, j in local.jobs : n => try(length(regexall("/|[.]json", j.mapping)), 0) > 0
  ? "${var.jobs}/${j.mapping}" : "${local.code}/../mappings/${try(j.mapping, "")}.json" }
  job_mappings = distinct(values(local.job_mapping))

  # Where function, Cloud Run jobs and batches read them.
  job_folder = "gs://${module.storage.buckets.artifacts}/jobs"
  job_files = { for f in setunion(fileset(var.jobs, "*.json"), [for j in values(local.jobs) : j.except if can(j.except)]) : f => "${var.jobs}/${f}"
  if fileexists("${var.jobs}/${f}") }

  # Values that a job file must contain, because they are also set here.
  buckets = { for b in ["rejects", "staging"] : b => try(var.existing.buckets[b], "${var.project}-${var.prefix}-${b}") }
  target  = "bigtable://${var.project}/${try(var.existing.instance, "${var.prefix}-bigtable")}"

  duration = "^[0-9]+(ms|s|m|h|d)?$"
  cron = join(" ", [
    "^([*]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?(,([*]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?)*",
    "([*]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?(,([*]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?)*",
    "([*]|([1-9]|[12][0-9]|3[01])(-([1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?(,([1-9]|[12][0-9]|3[01])(-([1-9]|[12][0-9]|3[01]))?)*",
    "([*]|([1-9]|1[0-2])(-([1-9]|1[0-2]))?)(/[1-9][0-9]?)?(,([1-9]|1[0-2])(-([1-9]|1[0-2]))?)*",
    "([*]|([0-7]|sun|mon|tue|wed|thu|fri|sat)(-([0-7]|sun|mon|tue|wed|thu|fri|sat))?)(/[1-7])?(,([0-7]|sun|mon|tue|wed|thu|fri|sat)(-([0-7]|sun|mon|tue|wed|thu|fri|sat))?)*$",
  ])
  zones = jsondecode(file("${path.module}/zones.json"))

  # Members that a job file and its objects may have, as in job.schema.json.
  schema = jsondecode(file("${local.code}/../mappings/job.schema.json"))
  members = {
    ""         = keys(local.schema.properties)
    window     = keys(local.schema.properties.window.properties)
    rejects    = keys(local.schema.properties.rejects.properties)
    load       = keys(local.schema.properties.load.properties)
    load-spark = keys(local.schema.properties.load.properties.spark.properties)
  }
  objects = { for n, j in local.jobs : n => {
    ""         = j
    window     = try(j.window, {})
    rejects    = try(j.rejects, {})
    load       = try(j.load, {})
    load-spark = try(j.load.spark, {})
  } }

  wrong = flatten([[for n in try(tolist(var.alerts.uptime), []) : "alerts/uptime: ${n}: there is no such job" if !can(local.jobs[n])], [for n, j in local.jobs : [
    [for o, of in local.objects[n] : [for k in try(tolist(setsubtract(keys(of), local.members[o])), ["${o} is no object"]) : "${n}: ${trimprefix("${o}/${k}", "/")}: not a member"]],
    [for k in local.schema.required : "${n}: ${k}: missing" if !can(j[k])],
    [for what, good in {
      "nf_job: not 1"                                                      = try(j.nf_job, 1) == 1
      "name: not that of the file"                                         = try(j.name, n) == n
      "name: not 1 to 32 of a-z, 0-9 and -"                                = can(regex("^[a-z0-9-]{1,32}$", n))
      "source: not a file beside the job"                                  = try(fileexists("${var.jobs}/${basename(j.source)}") && basename(j.source) == j.source, false)
      "source: its url is not https, without a user and a query"           = can(regex("^https://[^/?#@]+(/[^?#]*)?$", local.job_urls[n]))
      "mapping: neither a file beside the job nor the name of one of ours" = try(basename(j.mapping) == j.mapping && fileexists(length(regexall("[.]json", j.mapping)) > 0 ? "${var.jobs}/${j.mapping}" : "${local.code}/../mappings/${j.mapping}.json"), false)
      "stage: not in gs://${local.buckets.staging}"                        = can(regex("^gs://${local.buckets.staging}(/.*)?$", j.stage))
      "target: not ${local.target}"                                        = try(j.target, "") == local.target
      "window/every: not a part of a day, 1d, 1w, 1mo or cursor"           = contains(local.schema.properties.window.properties.every.enum, try(j.window.every, ""))
      "window/since: not the name of a window"                             = try(j.window.every, "") == "cursor" || can(regex(local.schema.properties.window["else"].properties.since.pattern, j.window.since))
      "window/lookback: not 0 to 1000"                                     = try(j.window.lookback >= 0 && j.window.lookback <= 1000 && floor(j.window.lookback) == j.window.lookback, !can(j.window.lookback))
      "window/zone: not one of the time zone database"                     = contains(local.zones, try(j.window.zone, "UTC"))
      "window/delay: not a duration"                                       = !can(j.window.delay) || can(regex(local.duration, j.window.delay))
      "late_after: missing: a window that is late would stay unseen"       = can(j.late_after)
      "late_after: not a duration"                                         = !can(j.late_after) || can(regex(local.duration, j.late_after))
      "schedule: not a cron expression of five fields"                     = !can(j.schedule) || can(regex(local.cron, lower(j.schedule)))
      "rejects/max: not a number, or a percentage"                         = !can(j.rejects) || can(regex("^[0-9]+([.][0-9]+)?%?$", j.rejects.max))
      "rejects/stage: not in gs://${local.buckets.rejects}"                = !can(j.rejects) || can(regex("^gs://${local.buckets.rejects}(/.*)?$", j.rejects.stage))
      "except: not a file beside the job"                                  = try(fileexists("${var.jobs}/${basename(j.except)}") && basename(j.except) == j.except, !can(j.except))
      "require_proof: not total or end"                                    = contains(["total", "end"], try(j.require_proof, "end"))
      "empty: not final or retry"                                          = contains(["final", "retry"], try(j.empty, "final"))
      "load/shares: not 1 to 1000"                                         = try(j.load.shares >= 1 && j.load.shares <= 1000 && floor(j.load.shares) == j.load.shares, !can(j.load.shares))
      "load/spark/executors: not 2 to 2000"                                = try(j.load.spark.executors >= 2 && j.load.spark.executors <= 2000, !can(j.load.spark.executors))
      "load/spark/hours: not 1 to 336"                                     = try(j.load.spark.hours >= 1 && j.load.spark.hours <= 336, !can(j.load.spark.hours))
      "load/spark/version: not such as \"2.3\""                            = !can(j.load.spark.version) || can(regex("^[0-9]+[.][0-9]+$", j.load.spark.version))
      "load/spark: its mapping takes a secret, which executors lack"       = !can(j.load.spark) || length(local.takes[n].mapping) == 0
      "load/spark: there is no Spark, or no Composer to start it"          = !can(j.load.spark) || var.spark != null && var.composer != null
    } : "${n}: ${what}" if !good],
  ]]])
}

resource "google_storage_bucket_object" "job" {
  for_each = local.job_files

  bucket = module.storage.buckets.artifacts
  name   = "jobs/${each.key}"
  source = each.value
}

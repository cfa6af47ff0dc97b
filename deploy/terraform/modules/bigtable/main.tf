# SPDX-License-Identifier: Apache-2.0
#
# Tables, families, GC rules and splits are those of the mappings: what
# nf-load create would make.  A table in two mappings has the families of
# both.

locals {
  tables = { for t in distinct(flatten([for m in values(var.mappings) : keys(m.tables)])) : t => {
    families = merge([for m in values(var.mappings) : try(m.tables[t].families, {})]...)
    splits   = sort(distinct(flatten([for m in values(var.mappings) : try(m.tables[t].splits, [])])))
  } }

  policies = merge([for t, d in local.tables : {
    for f, c in d.families : "${t}.${f}" => { table = t, family = f, gc = c.gc } if try(c.gc, null) != null
  }]...)

  # An age in seconds: "30d" is 2592000.
  unit = { s = 1, m = 60, h = 3600, d = 86400 }

  # Simple rules of a policy, by path: itself, its members, their members.
  # A rule that is deeper, or no rule, fails here.
  members = { for k, p in local.policies : k => try(p.gc.union, p.gc.intersection, [p.gc]) }
  leaves = { for k, rules in local.members : k => [for r in rules : [
    for l in try(r.union, r.intersection, [r]) :
    can(l.versions) ? jsonencode({ max_version = tonumber(l.versions) }) : jsonencode({
      max_age                                  = "${tonumber(regex("^([0-9]+)[smhd]$", l.age)[0]) * local.unit[regex("([smhd])$", l.age)[0]]}s"
    })
  ]] }
  rules = { for k, rules in local.members : k => [for i, r in rules :
    can(r.union) || can(r.intersection)
    ? "{\"mode\":\"${can(r.union) ? "union" : "intersection"}\",\"rules\":[${join(",", local.leaves[k][i])}]}"
    : local.leaves[k][i][0]
  ] }
  gc_rules = { for k, p in local.policies : k => join("", [
    "{",
    can(p.gc.union) ? "\"mode\":\"union\"," : can(p.gc.intersection) ? "\"mode\":\"intersection\"," : "",
    "\"rules\":[${join(",", local.rules[k])}]}",
  ]) }
}

resource "google_bigtable_instance" "nf" {
  #checkov:skip=CKV_GCP_85:Encryption with own keys is the variable cmek
  name                = "nf"
  display_name        = "nf"
  deletion_protection = var.deletion_policy == "PREVENT"
  deletion_policy     = var.deletion_policy

  cluster {
    cluster_id   = "nf-${var.zone}"
    zone         = var.zone
    storage_type = var.size.storage_type
    kms_key_name = var.key

    autoscaling_config {
      min_nodes  = var.size.min_nodes
      max_nodes  = var.size.max_nodes
      cpu_target = var.size.cpu_target
    }
  }
}

resource "google_bigtable_table" "nf" {
  for_each = local.tables

  instance_name       = google_bigtable_instance.nf.name
  name                = each.key
  split_keys          = each.value.splits
  deletion_protection = var.deletion_policy == "PREVENT" ? "PROTECTED" : "UNPROTECTED"
  deletion_policy     = var.deletion_policy

  dynamic "column_family" {
    for_each = each.value.families
    content {
      family = column_family.key
    }
  }
  dynamic "automated_backup_policy" {
    for_each = var.size.backup_days > 0 ? [var.size.backup_days] : []
    content {
      frequency        = "24h0m0s"
      retention_period = "${automated_backup_policy.value * 24}h0m0s"
    }
  }

  # Other splits would make another, empty table.  Splits matter when a table
  # is new; Bigtable moves them later by itself.
  lifecycle {
    ignore_changes = [split_keys]
  }
}

resource "google_bigtable_gc_policy" "nf" {
  for_each = local.policies

  instance_name   = google_bigtable_instance.nf.name
  table           = google_bigtable_table.nf[each.value.table].name
  column_family   = each.value.family
  gc_rules        = local.gc_rules[each.key]
  deletion_policy = "ABANDON"
}

# One cluster: flow control of batch writes needs it.
resource "google_bigtable_app_profile" "batch" {
  instance        = google_bigtable_instance.nf.name
  app_profile_id  = "nf-batch"
  description     = "Batch loads: one cluster, low priority."
  deletion_policy = var.deletion_policy

  single_cluster_routing {
    cluster_id                 = google_bigtable_instance.nf.cluster[0].cluster_id
    allow_transactional_writes = false
  }
  standard_isolation {
    priority = "PRIORITY_LOW"
  }
}

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

locals {
  # By name: a name's cluster stays where it is.
  clusters = var.existing != null ? {} : merge(
    { main = { zone = var.zone, min_nodes = var.size.min_nodes, max_nodes = var.size.max_nodes } },
    var.size.clusters,
  )
  instance = var.existing != null ? var.existing.instance : google_bigtable_instance.nf[0].name

  # What data depends on.  A change of these deletes data in place, without a
  # destroy that Terraform would show or refuse: a cluster that is left out
  # is deleted, a tighter GC rule collects, a family that is left out goes.
  facts = {
    clusters = { for n, c in local.clusters : n => c.zone }
    gc = { for n, m in var.mappings : n => { for t, d in m.tables : t => {
      for f, c in d.families : f => try(c.gc, null)
    } } }
  }
  known_clusters = try(var.acknowledged.clusters, {})
  known_gc       = try(var.acknowledged.gc, {})
  kept           = [for n, z in local.known_clusters : n if try(local.facts.clusters[n], "") == z]
  added          = [for n in keys(local.clusters) : n if !can(local.known_clusters[n])]
  changed_gc = flatten([for n, tables in local.facts.gc : [
    [for t, families in tables : [for f, gc in families : "${n}: ${t}.${f}" if jsonencode(try(local.known_gc[n][t][f], "none")) != jsonencode(gc)]],
    [for t, families in try(local.known_gc[n], {}) : [for f in keys(families) : "${n}: ${t}.${f}" if !can(tables[t][f])]],
  ]])
}

# Compared before anything changes.
resource "terraform_data" "acknowledged" {
  count = var.acknowledged == null ? 0 : 1
  input = local.facts

  lifecycle {
    precondition {
      condition     = var.existing != null || length(local.kept) > 0
      error_message = "No acknowledged cluster stays where it is: the data would be deleted with them. Add a cluster in one apply, acknowledge it, and leave the old one out in another."
    }
    precondition {
      condition     = length(local.kept) == length(local.known_clusters) || length(local.added) == 0
      error_message = "A cluster is added and another left out at once: ${join(", ", local.added)} would have no data yet."
    }
    precondition {
      condition     = length(local.changed_gc) == 0
      error_message = "GC rules are not the acknowledged ones: ${join(", ", local.changed_gc)}. If what they delete may go, write to the file acknowledged: ${jsonencode(local.facts)}"
    }
  }
}

resource "google_bigtable_instance" "nf" {
  #checkov:skip=CKV_GCP_85:Encryption with own keys is the variable cmek
  count = var.existing == null ? 1 : 0

  name                = "${var.prefix}-bigtable" # at least 6 characters
  display_name        = "${var.prefix}-bigtable"
  deletion_protection = var.deletion_policy == "PREVENT"
  deletion_policy     = var.deletion_policy
  force_destroy       = var.deletion_policy == "DELETE"
  depends_on          = [terraform_data.acknowledged]

  dynamic "cluster" {
    for_each = local.clusters
    content {
      cluster_id   = "${var.prefix}-${cluster.key}"
      zone         = cluster.value.zone
      storage_type = var.size.storage_type
      kms_key_name = var.key

      autoscaling_config {
        min_nodes      = cluster.value.min_nodes
        max_nodes      = cluster.value.max_nodes
        cpu_target     = var.size.cpu_target
        storage_target = var.size.storage_target
      }
    }
  }
}

resource "google_bigtable_table" "nf" {
  for_each = local.tables

  instance_name       = local.instance
  name                = each.key
  split_keys          = each.value.splits
  deletion_protection = var.deletion_policy == "PREVENT" ? "PROTECTED" : "UNPROTECTED"
  deletion_policy     = var.deletion_policy
  depends_on          = [terraform_data.acknowledged]

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

  instance_name   = local.instance
  table           = google_bigtable_table.nf[each.value.table].name
  column_family   = each.value.family
  gc_rules        = local.gc_rules[each.key]
  deletion_policy = "ABANDON"
}

# One cluster: flow control of batch writes needs it.
resource "google_bigtable_app_profile" "batch" {
  instance        = local.instance
  app_profile_id  = "${var.prefix}-batch"
  description     = "Batch loads: one cluster, low priority."
  ignore_warnings = var.deletion_policy == "DELETE"
  deletion_policy = var.deletion_policy

  single_cluster_routing {
    cluster_id                 = var.existing != null ? var.existing.cluster : "${var.prefix}-main"
    allow_transactional_writes = false
  }
  standard_isolation {
    priority = "PRIORITY_LOW"
  }
}

# SPDX-License-Identifier: Apache-2.0
"""Terraform, tested three ways: with the provider mocked, by plans that the
real provider makes offline, and by a linter."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess

import pytest

import refused
from infra import (ENVIRONMENTS, JOBS, ROOT, copy_tree, gc_rules,
                   mapping_files, own_venv, resources)

BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build"))
CHECKOV = "checkov==3.3.30"
MAX_WAIVERS = 10

# Who may do what, exactly: box, role, on what.
GRANTS = """
audit      roles/bigtable.reader                table *
build      roles/cloudbuild.builds.builder      project
build      roles/storage.objectViewer           bucket artifacts
composer   roles/artifactregistry.reader        repository nf-python
composer   roles/artifactregistry.reader        repository nf-python-all
composer   roles/artifactregistry.reader        repository nf-python-public
composer   roles/bigtable.user                  table *
composer   roles/composer.worker                project
composer   roles/dataproc.editor                project
composer   roles/iam.serviceAccountUser         account spark
composer   roles/logging.logWriter              project
composer   roles/run.invoker                    service nf-fetch
composer   roles/secretmanager.secretAccessor   secret nfe-token
composer   roles/storage.objectCreator          bucket rejects
composer   roles/storage.objectCreator          bucket staging
composer   roles/storage.objectUser             bucket composer
composer   roles/storage.objectViewer           bucket artifacts
composer   roles/storage.objectViewer           bucket composer
composer   roles/storage.objectViewer           bucket rejects
composer   roles/storage.objectViewer           bucket staging
fetch      roles/logging.logWriter              project
fetch      roles/secretmanager.secretAccessor   secret nfe-token
fetch      roles/storage.objectCreator          bucket staging
fetch      roles/storage.objectViewer           bucket artifacts
fetch      roles/storage.objectViewer           bucket staging
spark      roles/bigtable.user                  table *
spark      roles/dataproc.worker                project
spark      roles/logging.logWriter              project
spark      roles/storage.objectCreator          bucket rejects
spark      roles/storage.objectCreator          bucket staging
spark      roles/storage.objectUser             bucket spark
spark      roles/storage.objectViewer           bucket artifacts
spark      roles/storage.objectViewer           bucket rejects
spark      roles/storage.objectViewer           bucket staging
group:audit@example.com roles/iam.serviceAccountTokenCreator account audit
"""

AGENTS = {
    "gcp-sa-artifactregistry", "gcp-sa-bigtable", "cloudcomposer-accounts",
    "compute-system", "container-engine-robot", "dataproc-accounts",
    "gcf-admin-robot", "gcp-sa-pubsub", "serverless-robot-prod",
    "gcp-sa-secretmanager", "gs-project-accounts",
}

# What holds data, and may not be destroyed in production.
HOLDS_DATA = (
    "google_bigtable_app_profile", "google_bigtable_instance",
    "google_bigtable_table", "google_storage_bucket",
    "google_kms_crypto_key", "google_composer_environment",
    "google_secret_manager_secret", "google_artifact_registry_repository",
    "google_logging_project_bucket_config",
)

environment = pytest.mark.parametrize("name", ENVIRONMENTS)


def test_formatted(tofu):
    for folder in ("terraform", "monitoring"):
        if (ROOT / "deploy" / folder).exists():
            r = tofu.run(ROOT / "deploy" / folder, "fmt", "-recursive",
                         "-check", "-diff", check=False)
            assert r.returncode == 0, r.stdout


def test_validate(tofu, tree):
    told = json.loads(tofu.run(tree / "deploy/terraform", "validate",
                               "-json").stdout)
    assert told["valid"] and told["diagnostics"] == []


def test_mocked(tofu, tree):
    told = tofu.run(tree / "deploy/terraform", "test", "-no-color").stdout
    passed = re.search(r"Success! ([0-9]+) passed, 0 failed\.", told)
    assert passed and int(passed.group(1)) >= 5, told


def all_resources(plan):
    modules = [plan["planned_values"]["root_module"]]
    while modules:
        module = modules.pop()
        yield from module.get("resources", [])
        modules += module.get("child_modules", [])


def box(member):
    """nf-fetch's member as "fetch", others as they are."""
    m = re.fullmatch(
        r"serviceAccount:nf-(\w+)@demo-project\.iam\.gserviceaccount\.com",
        member)
    return m.group(1) if m else member


def place(address, v):
    """What a grant is on, in words of GRANTS."""
    kind = re.search(r"google_\w+", address).group()
    if kind == "google_project_iam_member":
        assert v["project"] == "demo-project"
        return "project"
    if kind == "google_storage_bucket_iam_member":
        return "bucket " + v["bucket"].removeprefix("demo-project-nf-")
    if kind == "google_bigtable_table_iam_member":
        assert v["instance_name"] == "nf-bigtable"
        return "table " + v["table"]
    if kind == "google_secret_manager_secret_iam_member":
        return "secret " + v["secret_id"]
    if kind == "google_cloud_run_v2_service_iam_member":
        return "service " + v["name"]
    if kind == "google_artifact_registry_repository_iam_member":
        return "repository " + v["repository"]
    if kind == "google_service_account_iam_member":
        # The account's name is not known before it exists; ours is.
        return "account " + ("audit" if ".readers[" in address else "spark")
    return kind


@environment
def test_grants(plans, name):
    """Each account has what the table says, and nothing else."""
    plan = plans[name]
    tables = [t["name"] for t in resources(plan, "google_bigtable_table").values()]
    want = set()
    for line in GRANTS.strip().splitlines():
        who, role, what = line.split(None, 2)
        for t in tables if what == "table *" else [None]:
            want.add((who, role, f"table {t}" if t else what))
    got = set()
    agents = set()
    for r in all_resources(plan):
        if "_iam_" not in r["type"] \
                or r["type"] == "google_project_iam_audit_config":
            continue
        assert r["type"].endswith("_iam_member"), r["address"]
        v = r["values"]
        if r["type"] == "google_kms_crypto_key_iam_member":
            assert v["role"] == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
            agents.add(v["member"])
            continue
        got.add((box(v["member"]), v["role"], place(r["address"], v)))
    assert got == want
    assert agents == ({
        f"serviceAccount:service-123456789012@{a}.iam.gserviceaccount.com"
        for a in AGENTS} if name == "prod" else set())


@environment
def test_accounts(plans, name):
    """The account that each box runs as."""
    plan = plans[name]

    def one(kind):
        found = resources(plan, kind)
        assert len(found) == 1, kind
        return next(iter(found.values()))

    def email(b):
        return f"nf-{b}@demo-project.iam.gserviceaccount.com"

    function = one("google_cloudfunctions2_function")
    config = function["service_config"][0]
    assert config["service_account_email"] == email("fetch")
    assert function["build_config"][0]["service_account"].endswith(email("build"))
    assert config["max_instance_request_concurrency"] == 1
    assert config["ingress_settings"] == "ALLOW_INTERNAL_ONLY"
    composer = one("google_composer_environment")["config"][0]
    assert composer["node_config"][0]["service_account"] == email("composer")
    assert composer["software_config"][0]["pypi_packages"] == {
        "nf-tools": "==0.1.0"}
    # Composer runs the jobs, so nothing else does.
    assert not resources(plan, "google_cloud_scheduler_job")


def gc_rule(gc):
    """A mapping's GC rule as Bigtable's JSON, by this test's own reading."""
    for mode in ("union", "intersection"):
        if mode in gc:
            return {"mode": mode, "rules": [simple(g) for g in gc[mode]]}
    return {"rules": [simple(gc)]}


def simple(gc):
    if "union" in gc or "intersection" in gc:
        return gc_rule(gc)
    if "versions" in gc:
        return {"max_version": gc["versions"]}
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[gc["age"][-1]]
    return {"max_age": f"{int(gc['age'][:-1]) * unit}s"}


@environment
def test_tables(plans, tree, name):
    """Tables, families, GC rules and splits are those of the mappings."""
    plan = plans[name]
    families, splits, policies = {}, {}, {}
    for f in mapping_files(tree):
        for table, t in json.loads(f.read_text())["tables"].items():
            splits.setdefault(table, set()).update(t.get("splits", []))
            for family, d in t["families"].items():
                families.setdefault(table, set()).add(family)
                if "gc" in d:
                    policies[table, family] = gc_rule(d["gc"])
    got = resources(plan, "google_bigtable_table").values()
    assert {t["name"]: {c["family"] for c in t["column_family"]}
            for t in got} == families
    assert {t["name"]: t["split_keys"] or [] for t in got} == {
        t: sorted(s) for t, s in splits.items()}
    assert {(p["table"], p["column_family"]): json.loads(p["gc_rules"])
            for p in resources(plan, "google_bigtable_gc_policy").values()
            } == policies
    assert len(policies) >= 3
    (profile,) = resources(plan, "google_bigtable_app_profile").values()
    assert profile["app_profile_id"] == "nf-batch"
    assert len(profile["single_cluster_routing"]) == 1
    assert not profile["multi_cluster_routing_use_any"]


def made_families(mapping, db):
    """What nf-load create makes: table, family -> GC rule or None."""
    subprocess.run([BUILD / "nf-load", "create", "-m", mapping,
                    f"sqlite:{db}"], check=True, capture_output=True)
    with contextlib.closing(sqlite3.connect(db)) as c:
        rules = [(table, family, json.loads(gc)) for table, family, gc in
                 c.execute("SELECT t.name, f.name, f.gc FROM nf_family f"
                           " JOIN nf_table t ON t.id = f.table_id")]
    return {(table, family): gc_rule(gc) if gc else None
            for table, family, gc in rules}


def planned_families(plan):
    """The same of what Terraform makes."""
    found = {(t["name"], c["family"]): None
             for t in resources(plan, "google_bigtable_table").values()
             for c in t["column_family"]}
    for p in resources(plan, "google_bigtable_gc_policy").values():
        found[p["table"], p["column_family"]] = json.loads(p["gc_rules"])
    return found


def test_tables_are_those_of_nf_load(plans, tree, tmp_path):
    """nf-load create makes of the mappings what Terraform makes of them."""
    tables = {}
    for f in mapping_files(tree):
        tables |= made_families(f, tmp_path / f"{f.stem}.db")
    got = planned_families(plans["dev"])
    assert got == tables
    assert len(got) >= 5


@environment
def test_dags_use_what_there_is(plans, tree, name, tmp_path):
    """What the DAGs receive names tables, families, GC rules and places as
    Terraform and nf-load create make them; they name none themselves."""
    plan = plans[name]
    (composer,) = resources(plan, "google_composer_environment").values()
    env = composer["config"][0]["software_config"][0]["env_variables"]
    objects = resources(plan, "google_storage_bucket_object").values()
    files = {o["name"]: tree / "deploy/terraform" / o["source"]
             for o in objects if o["source"]}
    planned = planned_families(plan)
    (instance,) = resources(plan, "google_bigtable_instance").values()
    (profile,) = resources(plan, "google_bigtable_app_profile").values()
    assert env["NF_APP_PROFILE"] == profile["app_profile_id"]
    buckets = {f"gs://{b['name']}" for b in
               resources(plan, "google_storage_bucket").values()}
    for job in JOBS:
        path = files[f"data/jobs/{job}.job.json"]
        assert path.samefile(files[f"jobs/{job}.job.json"])
        assert f"data/jobs/{job}.source.json" in files
        said = json.loads(path.read_text())
        made = made_families(tree / "mappings" / f"{said['mapping']}.json",
                             tmp_path / f"{job}.db")
        assert made and made.items() <= planned.items(), job
        assert said["target"] == f"bigtable://demo-project/{instance['name']}"
        assert said["stage"] in buckets
    assert env["NF_SPARK_ARTIFACTS"] in buckets
    assert env["NF_JOBS"] == "/home/airflow/gcs/data/jobs"
    names = {n for key in planned for n in key if len(n) > 2}
    for folder in ("common", "composer", "dataproc", "function", "run"):
        for f in (ROOT / "deploy" / folder).glob("*.py"):
            # A task's name, and what Cloud Storage calls objects.
            text = re.sub(r'task_id="\w+"|answer\.get\("items"', "",
                          f.read_text())
            assert not names & set(re.findall(r'"(\w+)"', text)), f.name


@environment
def test_buckets(plans, name):
    buckets = {b["name"].removeprefix("demo-project-nf-"): b for b in
               resources(plans[name], "google_storage_bucket").values()}
    assert set(buckets) == {"artifacts", "composer", "rejects", "spark",
                            "staging"}
    for b in buckets.values():
        assert b["uniform_bucket_level_access"] is True
        assert b["public_access_prevention"] == "enforced"
        assert b["storage_class"] == "STANDARD"
    for purpose, b in buckets.items():
        kept = name == "prod" and purpose in ("rejects", "staging")
        assert [p["retention_period"] for p in b["retention_policy"]] == (
            ["2592000"] if kept else [])


@environment
def test_files(plans, name):
    """What the DAGs and the batches read is where they look for it."""
    names = {o["name"] for o in
             resources(plans[name], "google_storage_bucket_object").values()}
    shared = {f.name for f in (ROOT / "deploy/common").glob("*.py")}
    dags = shared | {f.name for f in (ROOT / "deploy/composer").glob("*.py")}
    batch = shared | {f.name for f in (ROOT / "deploy/dataproc").glob("*.py")}
    assert {n for n in names if n.startswith("dags/")} == {
        f"dags/{d}" for d in dags}
    assert {n for n in names if n.startswith("spark/")} == {
        f"spark/{b}" for b in batch} | {"spark/nf-0.1.0.bundle"}
    assert {n for n in names if n.startswith("data/")} == {
        f"data/jobs/{j}.{what}.json" for j in JOBS for what in (
            "job", "source")}
    assert {n.removeprefix("data/") for n in names
            if n.startswith("data/")} == {
        n for n in names if n.startswith("jobs/")}
    assert "config/pip/pip.conf" in names


@environment
def test_environment_variables(plans, name):
    """Every NF_ variable that the DAGs read without a default is set."""
    plan = plans[name]
    (composer,) = resources(plan, "google_composer_environment").values()
    have = composer["config"][0]["software_config"][0]["env_variables"]
    # The mission's chain: Composer calls the function.
    assert have["NF_FETCH"] == "function"
    assert have["NF_FUNCTION"] == ("https://southamerica-east1-demo-project."
                                   "cloudfunctions.net/nf-fetch")
    assert have["NF_SPARK_SUBNET"] == (
        "projects/demo-project/regions/southamerica-east1/subnetworks/nf")
    assert have["NF_SPARK_ACCOUNT"] == (
        "nf-spark@demo-project.iam.gserviceaccount.com")
    (function,) = resources(plan, "google_cloudfunctions2_function").values()
    given = function["service_config"][0]["environment_variables"]
    assert given["NF_JOBS"] == "gs://demo-project-nf-artifacts/jobs"
    assert given["NF_REPORT"] == "cloud"
    (secret,) = function["service_config"][0]["secret_environment_variables"]
    assert (secret["key"], secret["secret"]) == ("NF_SECRET_NFE_TOKEN",
                                                 "nfe-token")
    for folder, env in (("composer", set(have)), ("function", set(given))):
        for f in (ROOT / "deploy" / folder).glob("*.py"):
            text = f.read_text()
            asked = set(re.findall(r'environ\["(NF_\w+)"\]', text))
            # What is asked for first may be missing.
            asked -= set(re.findall(r'if "(NF_\w+)" in os.environ', text))
            asked -= set(re.findall(r'environ.get\("(NF_\w+)"\)', text))
            assert asked <= env, f.name


@environment
def test_nothing_secret(plans, name):
    """Secrets have no values here, and a plan leaves no token."""
    text = json.dumps(plans[name])
    assert "google_secret_manager_secret" in text
    assert "google_secret_manager_secret_version" not in text
    assert "secret_data" not in text
    assert '"offline"' not in text
    assert "access_token" not in text


@environment
def test_needs_no_network(plans, name):
    """No data sources: they would read the project while planning."""
    modules = [plans[name]["configuration"]["root_module"]]
    seen = 0
    while modules:
        module = modules.pop()
        for r in module.get("resources", []):
            seen += 1
            assert r["mode"] == "managed", r["address"]
        modules += [c["module"] for c in
                    module.get("module_calls", {}).values()]
    assert seen > 20


@environment
def test_destroying(plans, name):
    """In production nothing that holds data can be destroyed."""
    want = {"dev": "DELETE", "prod": "PREVENT"}[name]
    seen = set()
    for r in all_resources(plans[name]):
        if r["type"] in HOLDS_DATA:
            seen.add(r["type"])
            assert r["values"]["deletion_policy"] == want, r["address"]
    assert seen == set(HOLDS_DATA) - (
        set() if name == "prod" else {"google_kms_crypto_key"})


def test_own_keys(plans):
    """In production what can have our key has it."""
    key = ("projects/demo-project/locations/southamerica-east1/"
           "keyRings/nf/cryptoKeys/nf")
    where = {
        "google_artifact_registry_repository": lambda v: v["kms_key_name"],
        "google_bigtable_instance": lambda v: v["cluster"][0]["kms_key_name"],
        "google_cloudfunctions2_function": lambda v: v["kms_key_name"],
        "google_composer_environment": lambda v: v["config"][0][
            "encryption_config"][0]["kms_key_name"],
        "google_secret_manager_secret": lambda v: v["replication"][0][
            "user_managed"][0]["replicas"][0]["customer_managed_encryption"][
            0]["kms_key_name"],
        "google_storage_bucket": lambda v: v["encryption"][0][
            "default_kms_key_name"],
    }
    for kind, read in where.items():
        found = resources(plans["prod"], kind)
        assert found, kind
        for address, values in found.items():
            assert read(values) == key, address


def test_linter():
    """checkov finds nothing, but for a few waivers that give a reason."""
    checkov = own_venv("checkov", CHECKOV) / "checkov"
    r = subprocess.run(
        [checkov, "-d", ROOT / "deploy", "--framework", "terraform",
         "--var-file", ROOT / "deploy/terraform/prod.tfvars",
         "--skip-download", "-o", "json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = json.loads(r.stdout)
    assert told["summary"]["parsing_errors"] == 0
    assert told["summary"]["passed"] > 25
    told = told["results"]
    assert [(c["check_id"], c["resource"]) for c in told["failed_checks"]] == []
    waivers = {c["check_id"]: c["check_result"]["suppress_comment"]
               for c in told["skipped_checks"]}
    assert len(waivers) <= MAX_WAIVERS
    assert all(len(reason) >= 20 for reason in waivers.values())
    written = re.findall(r"#checkov:skip=(\w+):", "\n".join(
        f.read_text() for f in (ROOT / "deploy").rglob("*.tf")))
    assert set(written) == set(waivers), "a waiver that waives nothing"


# Faults that a plan shows, or must refuse ------------------------------------

def composer_of(plan):
    (found,) = resources(plan, "google_composer_environment").values()
    return found["config"][0]


def names_of(plan, kind):
    return {v["name"] for v in resources(plan, kind).values()}


@environment
def test_composer_reaches_the_api(plans, name):
    """Its workers have no public address, so the network has a NAT."""
    assert composer_of(plans[name])["enable_private_environment"] is True
    (nat,) = resources(plans[name], "google_compute_router_nat").values()
    assert nat["source_subnetwork_ip_ranges_to_nat"] == "LIST_OF_SUBNETWORKS"
    assert nat["nat_ip_allocate_option"] == {
        "dev": "AUTO_ONLY", "prod": "MANUAL_ONLY"}[name]


@pytest.mark.parametrize("given, nats", [
    ({"composer": None, "spark": None}, 0),
    ({"composer": None}, 0),  # Spark calls Google only
    ({"composer": None, "spark": None, "network": {"static_egress": True}},
     1),
    ({"function": None}, 1)])
def test_nat_where_it_is_needed(plan, given, nats):
    found = plan("dev", **given)
    assert len(resources(found, "google_compute_router_nat")) == nats


def counts(config):
    work = config["workloads_config"][0]
    return {part: work[part][0][
        "min_count" if part == "worker" else "count"] if work[part] else 0
            for part in ("scheduler", "dag_processor", "triggerer", "worker")}


RESILIENT = {"resilience": "HIGH_RESILIENCE", "image": {
    "version": "composer-3-airflow-3.1.7-build.0",
    "supported_until": "2027-03-03"}}


@pytest.mark.parametrize("given", [
    {}, {"composer": RESILIENT}, {"composer": {**RESILIENT, "max_workers": 1}},
    {"composer": {**RESILIENT, "min_workers": 5, "max_workers": 5},
     "spark": None}])
def test_resilient_composer(plan, given):
    """Two schedulers and two of everything else, or Google refuses it."""
    config = composer_of(plan("prod", **given))
    assert config["resilience_mode"] == "HIGH_RESILIENCE"
    found = counts(config)
    assert found["scheduler"] == 2 and found["dag_processor"] == 2
    assert found["triggerer"] in (0, 2) and found["worker"] >= 2
    worker = config["workloads_config"][0]["worker"][0]
    assert worker["min_count"] <= worker["max_count"]


def test_composer_that_is_not_resilient(plans):
    assert counts(composer_of(plans["dev"])) == {
        "scheduler": 1, "dag_processor": 1, "triggerer": 1, "worker": 1}


@pytest.mark.parametrize("until, warned", [
    ("2020-01-01", True), ("2099-01-01", False)])
def test_image_out_of_support(tofu, tree, until, warned):
    folder = tree / "deploy/terraform"
    (folder / "image.tfvars.json").write_text(json.dumps({"composer": {
        "image": {**RESILIENT["image"], "supported_until": until}}}))
    r = tofu.run(folder, "plan", "-refresh=false", "-input=false",
                 "-var-file=dev.tfvars", "-var-file=test.tfvars.json",
                 "-var-file=image.tfvars.json")
    assert ("no longer supports the image" in r.stdout + r.stderr) == warned


@environment
def test_image_is_supported(plans, name):
    """That of the variable files, when this was last looked at."""
    checks = plans[name].get("checks", [])
    assert {c["address"]["to_display"]: c["status"] for c in checks
            if "composer_image" in c["address"]["to_display"]} == {
        "check.composer_image": "pass"}


@pytest.mark.parametrize("image", [
    "composer-2.9.1-airflow-2.9.3", "composer-3-airflow-2.10.5",
    "composer-3-airflow-3-build.0", "latest"])
def test_image_without_a_build(plan, image):
    said = plan("dev", False, composer={
        "image": {"version": image, "supported_until": "2027-03-03"}})
    assert "with its build" in said


SMALL = {"function": None, "composer": None, "spark": None}


@pytest.mark.parametrize("given, some, none", [
    (SMALL, {"bigtable", "secretmanager", "storage", "run",
             "artifactregistry"},
     {"composer", "container", "dataproc", "functions", "pubsub",
      "compute"}),
    ({"composer": None, "spark": None}, {"functions", "run"},
     {"composer", "container", "dataproc", "pubsub", "compute"}),
    ({"function": None, "composer": None}, {"dataproc", "compute", "run"},
     {"functions", "composer", "pubsub"}),
    ({"function": None, "spark": None}, {"composer", "container", "pubsub"},
     {"functions", "run", "dataproc"})])
def test_agents_of_services_that_are_on(plan, given, some, none):
    """No grant is to an agent that does not exist."""
    found = plan("dev", cmek=True, **given)
    agents = {re.search(r'agent\["(\w+)"\]', a).group(1) for a in
              resources(found, "google_kms_crypto_key_iam_member")}
    assert some <= agents and not none & agents
    services = {v["service"].removesuffix(".googleapis.com") for v in
                resources(found, "google_project_service").values()}
    own = {"bigtable": "bigtableadmin", "functions": "cloudfunctions"}
    assert {own.get(a, a) for a in agents} <= services


def test_slos_come_later(plan, plans):
    """A first apply makes none, for their metrics are not there yet; the
    alert on burn does not need them."""
    for first in plans.values():
        assert not resources(first, "google_monitoring_slo")
        queries = [c["query"] for c in (
            v["conditions"][0]["condition_prometheus_query_language"][0]
            for v in resources(first,
                               "google_monitoring_alert_policy").values())]
        assert not [q for q in queries if "select_slo" in q]
    later = resources(plan("prod", alerts={"slos": True}),
                      "google_monitoring_slo")
    assert {v["slo_id"] for v in later.values()} == {
        f"{s}-{what}" for s in JOBS for what in ("attempts", "fresh")}


@environment
def test_uptime_checks_are_asked_for(plan, plans, name):
    found = resources(plans[name], "google_monitoring_uptime_check_config")
    assert {v["display_name"] for v in found.values()} == {"nf-nfse"}
    none = plan(name, alerts={"emails": []})
    assert not resources(none, "google_monitoring_uptime_check_config")
    assert not [v for v in resources(
        none, "google_monitoring_alert_policy").values()
        if v["display_name"].startswith("nf-api-down")]


def test_dev_can_be_destroyed(plans):
    for b in resources(plans["dev"], "google_storage_bucket").values():
        assert b["force_destroy"] is True and not b["retention_policy"]
    (instance,) = resources(plans["dev"], "google_bigtable_instance").values()
    assert instance["force_destroy"] is True
    assert instance["deletion_protection"] is False
    (profile,) = resources(plans["dev"],
                           "google_bigtable_app_profile").values()
    assert profile["ignore_warnings"] is True
    for b in resources(plans["prod"], "google_storage_bucket").values():
        assert not b["force_destroy"]


# Destruction that is no destroy

def test_clusters_keep_their_ids(plan, plans):
    """An id is a name, not a place: another cluster changes none."""
    (before,) = resources(plans["prod"], "google_bigtable_instance").values()
    assert {c["cluster_id"] for c in before["cluster"]} == {"nf-main"}
    both = plan("prod", bigtable={
        "min_nodes": 3, "max_nodes": 10, "clusters": {"second": {
            "zone": "southamerica-east1-b", "min_nodes": 1, "max_nodes": 3}}})
    (after,) = resources(both, "google_bigtable_instance").values()
    assert {c["cluster_id"]: c["zone"] for c in after["cluster"]} == {
        "nf-main": "southamerica-east1-a", "nf-second":
        "southamerica-east1-b"}


@pytest.mark.parametrize("given", [
    {"zone": "southamerica-east1-b"},
    {"zone": "southamerica-east1-c"},
    {"zone": "us-east1-b", "region": "us-east1"},
    {"zone": "southamerica-east1-b", "bigtable": {
        "min_nodes": 3, "max_nodes": 3, "clusters": {"old": {
            "zone": "southamerica-east1-a", "min_nodes": 3,
            "max_nodes": 3}}}}])
def test_the_only_cluster_is_not_swapped(plan, given):
    said = plan("prod", False, **given)
    assert "No acknowledged cluster stays where it is" in said


@pytest.mark.parametrize("given", [
    {"zone": "us-east1-b"}, {"zone": "southamerica-east10-a"},
    {"region": "us-east1", "zone": "southamerica-east1-a"}])
def test_zone_of_another_region(plan, given):
    assert "zone is not in the region" in plan("dev", False, **given)


def changed(tree, name, change):
    """Change a mapping for a while."""
    path = tree / "mappings" / name
    before = path.read_text()

    @contextlib.contextmanager
    def done():
        mapping = json.loads(before)
        change(mapping["tables"])
        path.write_text(json.dumps(mapping))
        try:
            yield
        finally:
            path.write_text(before)
    return done()


def tighten(tables):
    tables["invoices"]["families"]["log"]["gc"] = {"age": "1d"}


def loosen(tables):
    tables["invoices"]["families"]["nf"].pop("gc")


def add_rule(tables):
    tables["invoices"]["families"]["all"]["gc"] = {"versions": 1}


def rename(tables):
    families = tables["items"]["families"]
    families["j"] = families.pop("i")


def leave_out(tables):
    tables["invoices"]["families"].pop("log")


@pytest.mark.parametrize("change", [tighten, loosen, add_rule, rename,
                                    leave_out])
def test_gc_rules_are_acknowledged(plan, tree, change):
    """In production what deletes data is said twice; in dev it is done."""
    alone = {"mapping_files": ["../../mappings/test.json"], "jobs": {
        "t": ({"mapping": "test"}, {"url": "https://api.example.com/"})}}
    with changed(tree, "test.json", change):
        said = plan("prod", False, **alone)
        assert "GC rules are not the acknowledged ones" in said
        assert isinstance(plan("dev", **alone), dict)
    assert isinstance(plan("prod", **alone), dict)


def test_acknowledged_is_that_of_the_mappings():
    """What comes with the project is what its mappings say."""
    known = json.loads(
        (ROOT / "deploy/terraform/acknowledged.json").read_text())
    assert known["gc"] == gc_rules(mapping_files())
    assert known["clusters"] == {"main": "southamerica-east1-a"}


# Nobody replaces what runs

WRITERS = {"roles/cloudbuild.builds.builder", "roles/composer.worker",
           "roles/dataproc.editor", "roles/dataproc.worker",
           "roles/storage.admin", "roles/storage.objectAdmin",
           "roles/storage.objectUser", "roles/storage.legacyBucketWriter",
           "roles/editor", "roles/owner"}


def may_write(plan, bucket, thing):
    """Members who may replace an object, by their grants' conditions."""
    path = f"projects/_/buckets/{bucket}/objects/{thing}"
    found = set()
    for r in all_resources(plan):
        if r["type"] not in ("google_project_iam_member",
                             "google_storage_bucket_iam_member"):
            continue
        v = r["values"]
        if v["role"] not in WRITERS or v.get("bucket", bucket) != bucket:
            continue
        excepted = []
        for c in v["condition"]:
            one = r'resource\.name\.startsWith\("([^"]+)"\)'
            assert re.fullmatch(rf"!\({one}( \|\| {one})*\)",
                                c["expression"])
            excepted += re.findall(one, c["expression"])
        if not any(path.startswith(p) for p in excepted):
            found.add(box(v["member"]))
    return found


@environment
def test_nobody_replaces_what_runs(plans, name):
    objects = resources(plans[name], "google_storage_bucket_object").values()
    assert len(objects) > 20
    for o in objects:
        assert may_write(plans[name], o["bucket"], o["name"]) == set(), \
            o["name"]
    for bucket, thing in (("artifacts", "spark/other.py"),
                          ("composer", "dags/other_dag.py"),
                          ("composer", "plugins/other.py"),
                          ("staging", "run/part"), ("rejects", "run/part")):
        assert may_write(plans[name], f"demo-project-nf-{bucket}",
                         thing) == set()
    # The conditions leave the rest alone.
    assert may_write(plans[name], "demo-project-nf-composer",
                     "logs/x") >= {"composer"}
    assert may_write(plans[name], "demo-project-nf-spark", "x") >= {"spark"}
    for r in resources(plans[name], "google_project_iam_member").values():
        for c in r["condition"]:
            operators = re.findall(r"&&|\|\||!", c["expression"])
            assert len(operators) <= 12  # IAM's limit


# pip

@environment
def test_only_our_index(plans, name):
    """pip asks one repository, which prefers ours."""
    (conf,) = (o["content"] for o in resources(
        plans[name], "google_storage_bucket_object").values()
        if o["name"] == "config/pip/pip.conf")
    assert conf == ("[global]\nindex-url = https://southamerica-east1-python."
                    "pkg.dev/demo-project/nf-python-all/simple/\n")
    found = {v["repository_id"]: v for v in resources(
        plans[name], "google_artifact_registry_repository").values()}
    policies = found["nf-python-all"]["virtual_repository_config"][0][
        "upstream_policies"]
    rank = {p["id"]: p["priority"] for p in policies}
    assert found["nf-python-all"]["mode"] == "VIRTUAL_REPOSITORY"
    assert rank["own"] > rank["public"] and set(rank) == {"own", "public"}
    assert found["nf-python-public"]["mode"] == "REMOTE_REPOSITORY"


# Twins, callers

def test_one_scheduler(plan, plans):
    """Composer or Cloud Scheduler starts a job, never both; the second starts
    a Cloud Run job, which loads and audits too."""
    for found in plans.values():
        assert not resources(found, "google_cloud_scheduler_job")
        assert not resources(found, "google_cloud_run_v2_job")
    alone = plan("dev", composer=None)
    jobs = {v["name"]: v["template"][0] for v in resources(
        alone, "google_cloud_run_v2_job").values()}
    assert set(jobs) == {"nf-nfe-job", "nf-nfse-job", "nf-watch"}
    starters = {v["name"]: v for v in resources(
        alone, "google_cloud_scheduler_job").values()}
    # One Scheduler job a feed; nfse says no schedule.
    assert set(starters) == {"nf-nfe-job", "nf-watch"}
    said = starters["nf-nfe-job"]
    assert (said["schedule"], said["time_zone"]) == (
        "5 3-9 * * *", "America/Sao_Paulo")
    target = said["http_target"][0]
    assert target["uri"].endswith("/jobs/nf-nfe-job:run")
    assert "body" not in target or not target["body"]  # no window
    assert target["oauth_token"][0]["service_account_email"] \
        == "nf-scheduler@demo-project.iam.gserviceaccount.com"
    invokers = resources(alone, "google_cloud_run_v2_job_iam_member")
    assert {box(v["member"]) for v in invokers.values()} == {"scheduler"}
    task = jobs["nf-nfe-job"]["template"][0]
    assert task["service_account"].startswith("nf-run@")
    assert task["timeout"] == "86400s" and task["max_retries"] == 1
    (container,) = task["containers"]
    assert container["args"] == ["nfe"]
    env = {e["name"]: e for e in container["env"]}
    assert env["NF_JOBS"]["value"] == "gs://demo-project-nf-artifacts/jobs"
    secret = env["NF_SECRET_NFE_TOKEN"]["value_source"][0]["secret_key_ref"]
    assert secret[0]["secret"] == "nfe-token"


@pytest.mark.parametrize("shares, hours", [(1, 24), (8, 168), (100, 1)])
def test_tasks_are_shares(plan, shares, hours):
    """Large days: the tasks of a Cloud Run job are shares of a load."""
    found = plan("dev", composer=None, run={"hours": hours}, jobs={
        "big": ({"mapping": "nf-wide", "load": {"shares": shares}},
                {"url": "https://api.example.com/"})})
    (job,) = (v["template"][0] for v in resources(
        found, "google_cloud_run_v2_job").values()
        if v["name"] == "nf-big-job")
    assert job["task_count"] == job["parallelism"] == shares
    assert job["template"][0]["timeout"] == f"{hours * 3600}s"


@pytest.mark.parametrize("given", [
    {"composer": None, "spark": None, "function": None},
    {"composer": None}, {"composer": None, "spark": None}])
def test_without_composer_it_is_loaded(plan, given):
    """Somebody may write the tables, and somebody looks whether it was
    done."""
    found = plan("prod", **given)
    writers = {box(v["member"]) for v in resources(
        found, "google_bigtable_table_iam_member").values()
        if v["role"] == "roles/bigtable.user"}
    assert "run" in writers
    alerts = {v["display_name"].partition(":")[0] for v in resources(
        found, "google_monitoring_alert_policy").values()}
    assert {"nf-late", "nf-silent", "nf-failed"} <= alerts
    assert {"nf-watch", "nf-nfe-job"} <= names_of(
        found, "google_cloud_scheduler_job")


def test_events_have_a_dead_letter_topic(plan):
    """What no run comes of is kept for people."""
    found = plan("prod", function={"events": True})
    assert names_of(found, "google_pubsub_topic") == {"nf-fetch", "nf-dead"}
    subscriptions = {v["name"]: v for v in resources(
        found, "google_pubsub_subscription").values()}
    assert subscriptions["nf-fetch"]["dead_letter_policy"][0][
        "max_delivery_attempts"] == 20
    assert subscriptions["nf-dead"]["push_config"] == []
    agent = "serviceAccount:service-123456789012@gcp-sa-pubsub." \
        "iam.gserviceaccount.com"
    for kind, role in (("google_pubsub_topic_iam_member", "publisher"),
                       ("google_pubsub_subscription_iam_member",
                        "subscriber")):
        (grant,) = resources(found, kind).values()
        assert (grant["member"], grant["role"]) == (
            agent, f"roles/pubsub.{role}")


PRIVATE = {"private": ({"mapping": "nfe-4.00-private"}, {
    "url": "https://api.example.com/", "auth": {
        "type": "bearer", "token": "env:NF_SECRET_NFE_TOKEN"}})}


@pytest.mark.parametrize("given, box", [({}, "composer"),
                                        ({"composer": None}, "run")])
def test_the_secret_of_codes(plan, given, box):
    """Who loads may read it, who only fetches may not; nobody has its
    value."""
    found = plan("dev", jobs=PRIVATE, **given)
    assert {v["secret_id"] for v in resources(
        found, "google_secret_manager_secret").values()} == {
            "nfe-token", "pseudonym"}
    readers = {(re.search(r'box\["(\w+)', a).group(1), v["secret_id"])
               for a, v in resources(
                   found, "google_secret_manager_secret_iam_member").items()}
    assert readers == {(b, s) for b in ("fetch", box)
                       for s in ("nfe-token", "pseudonym")} - {
                           ("fetch", "pseudonym")}
    (function,) = resources(found, "google_cloudfunctions2_function").values()
    assert [s["secret"] for s in function["service_config"][0][
        "secret_environment_variables"]] == ["nfe-token"]
    jobs = {v["name"]: v for v in resources(
        found, "google_cloud_run_v2_job").values()}
    if box == "run":
        (container,) = jobs["nf-private-job"]["template"][0]["template"][0][
            "containers"]
        assert {e["name"] for e in container["env"] if e["value_source"]} == {
            "NF_SECRET_NFE_TOKEN", "NF_SECRET_PSEUDONYM"}


@environment
def test_new_jobs_end_no_tasks(plan, plans, name):
    """A change of Composer's environment ends the tasks that run; another job
    file does not change it."""
    more = plan(name, jobs={**JOBS, "more": (
        {"mapping": "nf-wide"}, {"url": "https://api.example.net/"})})
    before, after = (json.dumps(composer_of(p)) for p in (plans[name], more))
    assert before == after and "api.example" not in before


# What depends on what is wrong is not looked at, so the two kinds are apart.
@pytest.mark.parametrize("cases", [
    pytest.param(group, id=f"{kind}{i}")
    for kind, table in (("root", refused.ROOT), ("module", refused.MODULES))
    for i, group in enumerate(refused.rounds(table))])
def test_wrong_variables_are_refused(plan, cases):
    """With words that say what to do."""
    said = plan("dev", False, **{name: value for name, value, _ in cases})
    assert isinstance(said, str)
    for name, value, why in cases:
        assert why in said, (name, value)


def test_one_wrong_cluster_for_a_key(plan):
    """A key is of one region, and so are the clusters that it encrypts."""
    there = {"bigtable": refused.with_cluster(zone="us-east1-b")}
    assert isinstance(plan("dev", **there), dict)
    assert "With a key of its own each cluster" in plan(
        "dev", False, cmek=True, **there)


# Lengths that Google's APIs take, of what is named by prefix and job.
LENGTHS = {
    "google_bigtable_instance": ("name", 6, 33),
    "google_service_account": ("account_id", 6, 30),
    "google_storage_bucket": ("name", 3, 63),
    "google_cloud_run_v2_job": ("name", 1, 63),
    "google_cloud_scheduler_job": ("name", 1, 500),
    "google_artifact_registry_repository": ("repository_id", 1, 63),
    "google_bigtable_app_profile": ("app_profile_id", 1, 50),
    "google_compute_network": ("name", 1, 63),
    "google_kms_key_ring": ("key_ring_id", 1, 63),
    "google_cloudfunctions2_function": ("name", 1, 63),
}


@pytest.mark.parametrize("prefix", ["nf", "a-prefix-012"])
def test_names_have_the_lengths_that_are_taken(plan, prefix):
    job = "a-job-whose-name-has-32-letters-"
    found = plan("dev", composer=None, spark=None, cmek=True, prefix=prefix,
                 jobs={job: ({"mapping": "nf-wide"}, API)}, places={
                     "stage": f"gs://demo-project-{prefix}-staging",
                     "target": f"bigtable://demo-project/{prefix}-bigtable"})
    seen = set()
    for kind, (member, least, most) in LENGTHS.items():
        for v in resources(found, kind).values():
            seen.add(kind)
            name = v.get(member) or v["name"]
            assert least <= len(name) <= most, (kind, name)
    assert len(seen) > 6
    (instance,) = resources(found, "google_bigtable_instance").values()
    for c in instance["cluster"]:
        assert 6 <= len(c["cluster_id"]) <= 30
    assert 4 <= len(instance["display_name"]) <= 30


API = {"url": "https://api.example.com/"}
GOOD = {"mapping": "nf-wide"}
DAYS = {"every": "1d", "since": "2026-01-01"}
# What a plan must refuse: job, source, and what is said of it.
WRONG = [
    ({**GOOD, "late_afer": "1d"}, API, "late_afer: not a member"),
    ({**GOOD, "Schedule": "0 3 * * *"}, API, "Schedule: not a member"),
    ({**GOOD, "window": {**DAYS, "zones": "UTC"}}, API,
     "window/zones: not a member"),
    ({**GOOD, "rejects": {"max": "1", "stag": "x"}}, API,
     "rejects/stag: not a member"),
    ({**GOOD, "load": {"share": 3}}, API, "load/share: not a member"),
    ({**GOOD, "load": {"spark": {"ttl": 4}}}, API,
     "load-spark/ttl: not a member"),
    ({**GOOD, "window": None}, API, "window: missing"),
    ({"mapping": None}, API, "mapping: missing"),
    ({**GOOD, "nf_job": 2}, API, "nf_job: not 1"),
    ({**GOOD, "name": "other"}, API, "name: not that of the file"),
    ({**GOOD, "source": "none.json"}, API, "source: not a file beside"),
    ({**GOOD, "source": "../nfe.source.json"}, API,
     "source: not a file beside"),
    (GOOD, {"url": "http://api.example.com/"}, "source: its url is not https"),
    (GOOD, {"url": "https://u:p@api.example.com/"}, "source: its url is not https"),
    (GOOD, {"url": "https://api.example.com/?a=1"}, "source: its url is not https"),
    ({"mapping": "nf-none"}, API, "mapping: neither a file"),
    ({"mapping": "nf-none.json"}, API, "mapping: neither a file"),
    ({**GOOD, "stage": "gs://elsewhere"}, API, "stage: not in gs://demo"),
    ({**GOOD, "stage": "gs://demo-project-nf-staging2"}, API,
     "stage: not in gs://demo"),
    ({**GOOD, "target": "bigtable://demo-project/other"}, API,
     "target: not bigtable://demo-project/nf-bigtable"),
    ({**GOOD, "target": "sqlite:x.db"}, API, "target: not bigtable"),
    ({**GOOD, "window": {**DAYS, "every": "7h"}}, API, "window/every: not"),
    ({**GOOD, "window": {**DAYS, "since": "yesterday"}}, API,
     "window/since: not"),
    ({**GOOD, "window": {"every": "1d"}}, API, "window/since: not"),
    ({**GOOD, "window": {**DAYS, "lookback": -1}}, API,
     "window/lookback: not"),
    ({**GOOD, "window": {**DAYS, "lookback": "all"}}, API,
     "window/lookback: not"),
    ({**GOOD, "window": {**DAYS, "zone": "America/SaoPaulo"}}, API,
     "window/zone: not"),
    ({**GOOD, "window": {**DAYS, "zone": "-03:00"}}, API,
     "window/zone: not"),
    ({**GOOD, "window": {**DAYS, "zone": "BRT"}}, API, "window/zone: not"),
    ({**GOOD, "window": {**DAYS, "delay": "soon"}}, API,
     "window/delay: not"),
    ({**GOOD, "late_after": None}, API, "late_after: missing"),
    ({**GOOD, "late_after": "a day"}, API, "late_after: not a duration"),
    *(({**GOOD, "schedule": cron}, API, "schedule: not a cron") for cron in (
        "every day", "0 3 * *", "60 3 * * *", "0 24 * * *", "0 3 * * mon-",
        "0 3 * * * *", "@daily")),
    ({**GOOD, "rejects": {"max": "a few"}}, API, "rejects/max: not"),
    ({**GOOD, "rejects": {"max": "1", "stage": "gs://x"}}, API,
     "rejects/stage: not in"),
    ({**GOOD, "require_proof": "none"}, API, "require_proof: not"),
    ({**GOOD, "except": "none.keys"}, API, "except: not a file beside"),
    ({**GOOD, "except": "../keys"}, API, "except: not a file beside"),
    ({**GOOD, "empty": "never"}, API, "empty: not"),
    *(({**GOOD, "load": {"shares": n}}, API, "load/shares: not")
      for n in (0, 1001, 1.5, "many")),
    ({**GOOD, "load": {"spark": {"executors": 1}}}, API,
     "load/spark/executors: not"),
    ({**GOOD, "load": {"spark": {"hours": 337}}}, API,
     "load/spark/hours: not"),
    ({**GOOD, "load": {"spark": {"version": "new"}}}, API,
     "load/spark/version: not"),
    ({"mapping": "nfe-4.00-private", "load": {"spark": {}}}, API,
     "load/spark: its mapping takes a secret"),
]


def test_wrong_jobs_are_refused(plan):
    """All at once, each by its name; the good one beside them is not."""
    jobs = {f"w{i}": (job, source) for i, (job, source, _) in
            enumerate(WRONG)}
    said = plan("dev", False, jobs={"good": (GOOD, API), **jobs})
    assert isinstance(said, str)
    for i, (_, _, why) in enumerate(WRONG):
        assert f"w{i}: {why}" in said, (i, why)
    assert "good: " not in said


CRONS = ("0 3 * * *", "*/15 8-18 * * *", "0,30 0-23/2 * * *", "5 4 * * sun",
         "0 6 1,15 * *", "0 6 1 1-12/3 MON-FRI")


def test_good_jobs_are_taken(plan):
    jobs = {f"g{i}": ({**GOOD, "schedule": cron, "late_after": late,
                       "window": {**DAYS, "every": every, "zone": zone}}, API)
            for i, (cron, late, every, zone) in enumerate(zip(
                CRONS, ("1d", "30m", "2h", "8d", "20d", "400h"),
                ("1d", "15m", "1h", "1w", "1mo", "1mo"),
                ("America/Manaus", "UTC", "America/Sao_Paulo",
                 "America/Noronha", "America/Belem", "America/Rio_Branco")))}
    jobs["cursor"] = ({**GOOD, "window": {"every": "cursor"}}, API)
    jobs["late"] = ({**GOOD, "window": {**DAYS, "lookback": 3}}, API)
    found = plan("dev", composer=None, jobs=jobs)
    assert {v["schedule"] for v in resources(
        found, "google_cloud_scheduler_job").values()} >= set(CRONS)


@pytest.mark.parametrize("given", [{"spark": None}, {"composer": None}])
def test_spark_that_is_not_there(plan, given):
    said = plan("dev", False, jobs=JOBS, **given)
    assert "nfe: load/spark: there is no Spark" in said


# What is there already

EXISTING = {
    "network": "projects/host/global/networks/shared",
    "subnet": "projects/host/regions/southamerica-east1/subnetworks/nf",
    "key": "projects/keys/locations/southamerica-east1/keyRings/r/"
           "cryptoKeys/k",
    "accounts": {"spark": "spark-batch@demo-project.iam.gserviceaccount.com"},
    "instance": "invoices", "cluster": "invoices-c1",
    "buckets": {"staging": "the-staging"},
    "secrets": ["nfe-token"],
}


# Where jobs stage and load then.
PLACES = {"stage": "gs://the-staging/runs",
          "target": "bigtable://demo-project/invoices"}


def test_what_exists_is_not_made(plan):
    found = plan("prod", existing=EXISTING, places=PLACES)
    for kind in ("google_compute_network", "google_compute_router_nat",
                 "google_compute_subnetwork", "google_kms_crypto_key",
                 "google_kms_crypto_key_iam_member",
                 "google_bigtable_instance", "google_secret_manager_secret"):
        assert not resources(found, kind), kind
    assert "the-staging" not in names_of(found, "google_storage_bucket")
    made = {v["account_id"] for v in resources(
        found, "google_service_account").values()}
    assert {"nf-audit", "nf-composer"} <= made and "nf-spark" not in made
    config = composer_of(found)
    assert config["node_config"][0]["network"] == EXISTING["network"]
    assert config["encryption_config"][0]["kms_key_name"] == EXISTING["key"]
    env = config["software_config"][0]["env_variables"]
    assert env["NF_SPARK_ACCOUNT"] == EXISTING["accounts"]["spark"]
    assert {v["instance_name"] for v in resources(
        found, "google_bigtable_table").values()} == {"invoices"}
    (profile,) = resources(found, "google_bigtable_app_profile").values()
    assert profile["single_cluster_routing"][0]["cluster_id"] == "invoices-c1"


@pytest.mark.parametrize("member", sorted(EXISTING))
def test_each_existing_thing_alone(plan, member):
    pair = {"network": "subnet", "subnet": "network",
            "instance": "cluster", "cluster": "instance"}
    members = {member, pair.get(member, member)}
    places = {"buckets": ["stage"], "instance": ["target"],
              "cluster": ["target"]}.get(member, [])
    found = plan("prod", existing={m: EXISTING[m] for m in members},
                 places={p: PLACES[p] for p in places} if places else None)
    assert isinstance(found, dict)


def test_prefix(plan):
    """A second deployment in the project shares no name with the first."""
    first = plan("prod")
    second = plan("prod", prefix="nf-two", jobs={n: (
        {**j, **({"rejects": {"max": "1%", "stage":
                              "gs://demo-project-nf-two-rejects"}}
                 if "rejects" in j else {})}, s)
        for n, (j, s) in JOBS.items()}, places={
            "stage": "gs://demo-project-nf-two-staging",
            "target": "bigtable://demo-project/nf-two-bigtable"})
    unique = {
        "google_service_account": "account_id",
        "google_storage_bucket": "name", "google_bigtable_instance": "name",
        "google_artifact_registry_repository": "repository_id",
        "google_cloudfunctions2_function": "name",
        "google_composer_environment": "name", "google_kms_key_ring": "name",
        "google_logging_metric": "name", "google_logging_project_sink":
        "name", "google_logging_project_bucket_config": "bucket_id",
        "google_compute_network": "name", "google_compute_router": "name",
        "google_compute_address": "name", "google_compute_firewall": "name",
        "google_monitoring_custom_service": "service_id"}
    for kind, key in unique.items():
        a, b = ({v[key] for v in resources(p, kind).values()}
                for p in (first, second))
        assert a and b and not a & b, kind
    env = composer_of(second)["software_config"][0]["env_variables"]
    assert env["NF_LOG"] == "nf-two-run"
    for m in resources(second, "google_logging_metric").values():
        assert "/logs/nf-two-run" in m["filter"]


def test_access_logs(plans):
    """Who read personal data is logged in production."""
    found = resources(plans["prod"], "google_project_iam_audit_config")
    assert {v["service"].split(".")[0] for v in found.values()} == {
        "bigtable", "secretmanager", "storage"}
    for v in found.values():
        assert {c["log_type"] for c in v["audit_log_config"]} == {
            "DATA_READ", "DATA_WRITE"}


def test_digests_are_those_of_the_files(plans, tree):
    """What Spark compares with is what is uploaded."""
    env = composer_of(plans["prod"])["software_config"][0]["env_variables"]
    sums = json.loads(env["NF_SPARK_SHA256"])
    objects = {o["name"].removeprefix("spark/"): tree / "deploy/terraform" /
               o["source"] for o in resources(
                   plans["prod"], "google_storage_bucket_object").values()
               if o["name"].startswith("spark/")}
    assert set(sums) == set(objects) and "driver.py" in sums
    for name, path in objects.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[name]


# What a state of before would become

def state_of(plan, schema):
    """A state as if the plan had been applied, made up where values are not
    known before."""
    kinds = next(v for k, v in schema["provider_schemas"].items()
                 if k.endswith("/google"))["resource_schemas"]
    out = []

    def walk(module):
        for r in module.get("resources", []):
            if r["type"] not in kinds:
                continue
            values = dict(r["values"])
            attributes = kinds[r["type"]]["block"]["attributes"]
            for name, a in attributes.items():
                known = values.setdefault(name, None)
                if known is None and a.get("computed") \
                        and a.get("type") == "string":
                    values[name] = f"computed-{name}"
            if r["type"] == "google_service_account":
                values["name"] = ("projects/demo-project/serviceAccounts/"
                                  f"{values['account_id']}@demo-project.iam."
                                  "gserviceaccount.com")
            values["id"] = values.get("id") or f"x/{r['address']}"
            instance = {"schema_version": kinds[r["type"]].get("version", 0),
                        "attributes": values, "sensitive_attributes": []}
            if "index" in r:
                instance["index_key"] = r["index"]
            out.append({
                "mode": "managed", "type": r["type"], "name": r["name"],
                "provider":
                    'provider["registry.opentofu.org/hashicorp/google"]',
                "instances": [instance], **(
                    {"module": module["address"]}
                    if "address" in module else {})})
        for child in module.get("child_modules", []):
            walk(child)

    walk(plan["planned_values"]["root_module"])
    merged = {}
    for r in out:
        key = (r.get("module"), r["type"], r["name"])
        merged.setdefault(key, {**r, "instances": []})[
            "instances"] += r["instances"]
    return {"version": 4, "terraform_version": "1.12.0", "serial": 1,
            "lineage": "x", "outputs": {}, "resources": [*merged.values()]}


def test_moved(tofu, plans, tmp_path_factory):
    """What was made when this folder was a module of two roots is moved, not
    made again."""
    top = copy_tree(tmp_path_factory.mktemp("moved"))
    folder = top / "deploy/terraform"
    tofu.run(folder, "init")
    schema = json.loads(tofu.run(folder, "providers", "schema",
                                 "-json").stdout)
    state = state_of(plans["dev"], schema)
    # The kinds whose addresses were the same, but for the module.
    kept = ("google_storage_bucket", "google_service_account",
            "google_bigtable_table", "google_project_service",
            "google_compute_network", "google_logging_metric",
            "google_secret_manager_secret")
    state["resources"] = [
        {**r, "module": "module.nf" + (f".{r['module']}" if "module" in r
                                       else "")}
        for r in state["resources"] if r["type"] in kept]
    (folder / "terraform.tfstate").write_text(json.dumps(state))
    tofu.run(folder, "plan", "-refresh=false", "-input=false", "-out=plan",
             "-var-file=dev.tfvars", "-var-file=test.tfvars.json")
    plan = json.loads(tofu.run(folder, "show", "-json", "plan").stdout)
    changes = {c["address"]: (c["change"]["actions"],
                              c.get("previous_address"))
               for c in plan["resource_changes"] if c["type"] in kept}
    assert len(changes) > 30
    for address, (actions, before) in changes.items():
        assert before == f"module.nf.{address}", address
        assert "delete" not in actions and actions != ["create"], address


# What this configuration's README says

README = ROOT / "deploy/terraform/README.md"


def test_readme_paths():
    """Files that the README names are there."""
    text = README.read_text()
    named = set(re.findall(r"`((?:modules|tests|\.\.)/[\w./*-]+|[\w.-]+\.(?:tf|"
                           r"tfvars|json|example))`", text))
    named |= set(re.findall(r"\]\(([^)#]+)\)", text))
    assert len(named) >= 12
    for path in named - {"project.tfvars"}:
        assert list(README.parent.glob(path)) or (
            README.parent / path).exists(), path
    for target in re.findall(r"^    make (\w+)", text, re.M):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(),
                         re.M), target


def test_readme_example(tofu, tree, tmp_path_factory):
    """The example is planned as it is, with each of the variable files; its
    secret is sent."""
    folder = tree / "deploy/terraform"
    for name in ENVIRONMENTS:
        tofu.run(folder, "plan", "-refresh=false", "-input=false",
                 "-out=plan", f"-var-file={name}.tfvars",
                 "-var-file=project.tfvars.example")
        plan = json.loads(tofu.run(folder, "show", "-json", "plan").stdout)
        (function,) = resources(
            plan, "google_cloudfunctions2_function").values()
        (secret,) = function["service_config"][0][
            "secret_environment_variables"]
        assert secret["secret"] == "nfe-token"
        assert "data/jobs/nfe.job.json" in names_of(
            plan, "google_storage_bucket_object")
    assert "-var-file=dev.tfvars" in README.read_text()


@pytest.mark.parametrize("what", [
    {"function": {"source": "no/such.zip"}},
    {"spark": {"bundle": "no/such.tar.gz"}},
    {"release": "9.9.9"}])
def test_file_that_was_not_built(plan, what):
    said = plan("dev", False, **what)
    assert isinstance(said, str) and re.search("make wheel|no such file", said)

# SPDX-License-Identifier: Apache-2.0
"""Terraform, tested three ways: with the provider mocked, by plans that the
real provider makes offline, and by a linter."""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys

import pytest

from infra import (ENVIRONMENTS, ROOT, SOURCES, mapping_files, own_venv,
                   resources)

sys.path.insert(0, str(ROOT / "deploy/common"))
import nf_job  # noqa: E402

BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build"))
CHECKOV = "checkov==3.3.30"
MAX_WAIVERS = 10

# Who may do what, exactly: box, role, on what.
GRANTS = """
audit      roles/bigtable.reader                table *
build      roles/cloudbuild.builds.builder      project
composer   roles/artifactregistry.reader        repository nf-python
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
composer   roles/storage.objectUser             bucket state
composer   roles/storage.objectViewer           bucket artifacts
composer   roles/storage.objectViewer           bucket rejects
composer   roles/storage.objectViewer           bucket staging
fetch      roles/logging.logWriter              project
fetch      roles/secretmanager.secretAccessor   secret nfe-token
fetch      roles/storage.objectCreator          bucket staging
fetch      roles/storage.objectUser             bucket state
fetch      roles/storage.objectViewer           bucket staging
scheduler  roles/run.invoker                    service nf-fetch
spark      roles/bigtable.user                  table *
spark      roles/dataproc.worker                project
spark      roles/logging.logWriter              project
spark      roles/storage.objectCreator          bucket rejects
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


@environment
def test_validate(tofu, tree, name):
    folder = tree / "deploy/terraform/environments" / name
    told = json.loads(tofu.run(folder, "validate", "-json").stdout)
    assert told["valid"] and told["diagnostics"] == []


def test_mocked(tofu, tree):
    folder = tree / "deploy/terraform"
    tofu.run(folder, "init")
    told = tofu.run(folder, "test", "-no-color").stdout
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed\.", told), told


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
        assert v["instance_name"] == "nf"
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
        if "_iam_" not in r["type"]:
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
    job = one("google_cloud_scheduler_job")
    assert job["http_target"][0]["oidc_token"][0]["service_account_email"] == \
        email("scheduler")
    # The platform ends the call before its caller gives up.
    assert config["timeout_seconds"] < int(job["attempt_deadline"].rstrip("s"))


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
def test_dags_use_what_there_is(plans, tree, name, tmp_path, monkeypatch):
    """What the DAGs are told names tables, families, GC rules and places as
    Terraform and nf-load create make them; they name none themselves."""
    plan = plans[name]
    (composer,) = resources(plan, "google_composer_environment").values()
    env = composer["config"][0]["software_config"][0]["env_variables"]
    monkeypatch.setenv("NF_SOURCES", env["NF_SOURCES"])
    files = {o["name"]: o["source"] for o in resources(
        plan, "google_storage_bucket_object").values()}
    planned = planned_families(plan)
    assert {nf_job.source(s).max_rejects for s in SOURCES} == {"1%", ""}
    for source in SOURCES:
        uploaded = files[f"data/mappings/{nf_job.source(source).mapping}"]
        made = made_families(tree / "deploy/terraform/environments" / name /
                             uploaded, tmp_path / f"{source}.db")
        assert made and made.items() <= planned.items(), source
    (instance,) = resources(plan, "google_bigtable_instance").values()
    (profile,) = resources(plan, "google_bigtable_app_profile").values()
    assert env["NF_APP_PROFILE"] == profile["app_profile_id"]
    assert env["NF_TARGET"] == f"bigtable://demo-project/{instance['name']}"
    buckets = {f"gs://{b['name']}" for b in
               resources(plan, "google_storage_bucket").values()}
    assert {env[v] for v in ("NF_STAGING", "NF_REJECTS", "NF_STATE",
                             "NF_SPARK_ARTIFACTS")} <= buckets
    names = {n for key in planned for n in key if len(n) > 2}
    for folder in ("common", "composer", "dataproc", "function"):
        for f in (ROOT / "deploy" / folder).glob("*.py"):
            text = re.sub(r'task_id="\w+"', "", f.read_text())
            assert not names & set(re.findall(r'"(\w+)"', text)), f.name


@environment
def test_buckets(plans, name):
    buckets = {b["name"].removeprefix("demo-project-nf-"): b for b in
               resources(plans[name], "google_storage_bucket").values()}
    assert set(buckets) == {"artifacts", "composer", "rejects", "spark",
                            "staging", "state"}
    for b in buckets.values():
        assert b["uniform_bucket_level_access"] is True
        assert b["public_access_prevention"] == "enforced"
        assert b["storage_class"] == "STANDARD"
    days = {"dev": "86400", "prod": "2592000"}[name]
    for purpose, b in buckets.items():
        kept = purpose in ("rejects", "staging")
        assert [p["retention_period"] for p in b["retention_policy"]] == (
            [days] if kept else [])


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
        f"spark/{b}" for b in batch} | {"spark/nf-bundle-0.1.0.tar.gz"}
    assert {n for n in names if n.startswith("data/mappings/")} == {
        f"data/mappings/{f.name}" for f in mapping_files()} | {
        "data/mappings/test.json"}
    assert "config/pip/pip.conf" in names


@environment
def test_environment_variables(plans, name):
    """Every NF_ variable that the DAGs read without a default is set."""
    plan = plans[name]
    (composer,) = resources(plan, "google_composer_environment").values()
    have = composer["config"][0]["software_config"][0]["env_variables"]
    assert have["NF_TARGET"] == "bigtable://demo-project/nf"
    assert have["NF_POOL"] == "nf-api"
    assert have["NF_SPARK_SUBNET"] == (
        "projects/demo-project/regions/southamerica-east1/subnetworks/nf")
    assert have["NF_SPARK_ACCOUNT"] == (
        "nf-spark@demo-project.iam.gserviceaccount.com")
    (function,) = resources(plan, "google_cloudfunctions2_function").values()
    given = function["service_config"][0]["environment_variables"]
    assert given["NF_STAGING"] == "gs://demo-project-nf-staging"
    assert given["NF_REPORT"] == "cloud"
    assert json.loads(given["NF_SOURCES"])["nfe"]["url"] == \
        "https://api.example.com/v1/invoices"
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
    """Secrets have no values here, and whoever plans leaves no token."""
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
         "--skip-download", "-o", "json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = json.loads(r.stdout)
    assert told["summary"]["parsing_errors"] == 0
    assert told["summary"]["passed"] > 40
    told = told["results"]
    assert [(c["check_id"], c["resource"]) for c in told["failed_checks"]] == []
    waivers = {c["check_id"]: c["check_result"]["suppress_comment"]
               for c in told["skipped_checks"]}
    assert len(waivers) <= MAX_WAIVERS
    assert all(len(reason) >= 20 for reason in waivers.values())
    written = re.findall(r"#checkov:skip=(\w+):", "\n".join(
        f.read_text() for f in (ROOT / "deploy").rglob("*.tf")))
    assert set(written) == set(waivers), "a waiver that waives nothing"

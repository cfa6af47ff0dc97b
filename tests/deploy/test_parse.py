# SPDX-License-Identifier: Apache-2.0
"""Faults of the configuration that its text shows, for where there is no
OpenTofu: what plans show of them is tested in test_terraform.py."""
import json
import pathlib
import re
import subprocess
import zoneinfo

import jsonschema
import pytest

from infra import BUILD, ENVIRONMENTS, JOB, ROOT, own_venv

HCL = "python-hcl2==7.3.1"
TERRAFORM = ROOT / "deploy/terraform"
PARSE = """import hcl2, json, sys
print(json.dumps({f: hcl2.loads(open(f).read()) for f in sys.argv[1:]}))
"""


@pytest.fixture(scope="session")
def parsed():
    """Path in deploy/ -> what the file says."""
    python = own_venv("hcl2", HCL) / "python"
    files = [*TERRAFORM.rglob("*.tf"), *TERRAFORM.glob("*.tfvars*"),
             *(ROOT / "deploy/monitoring").rglob("*.tf")]
    r = subprocess.run([python, "-c", PARSE, *files], capture_output=True,
                       text=True)
    assert r.returncode == 0, r.stderr
    return {str(pathlib.Path(f).relative_to(ROOT / "deploy")): plain(v)
            for f, v in json.loads(r.stdout).items()}


def plain(value):
    """Without the quotes and braces that the parser leaves."""
    if isinstance(value, dict):
        return {k.strip('"'): plain(v) for k, v in value.items()
                if not k.startswith("__")}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, str):
        value = value.removeprefix("${").removesuffix("}") \
            if re.fullmatch(r"\$\{[^{}]*\}", value) else value
        return value.strip('"')
    return value


def block(parsed, path, kind, *names):
    """The body of a block."""
    for found in parsed[path].get(kind, []):
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            return found[0] if isinstance(found, list) else found
    raise AssertionError(f"{path}: no {kind} {names}")


def resource(parsed, path, kind, name):
    return block(parsed, path, "resource", kind, name)


def text(value):
    return json.dumps(value)


def test_two_variable_files_of_one_root(parsed):
    """Neither has a root of its own; both say the same things."""
    roots = {p for p, v in parsed.items() if v.get("terraform") and any(
        "backend" in t for t in v["terraform"])}
    assert roots == {"terraform/versions.tf"}
    declared = {n for p, v in parsed.items() if p == "terraform/variables.tf"
                for b in v["variable"] for n in b}
    for name in ENVIRONMENTS:
        assert set(parsed[f"terraform/{name}.tfvars"]) <= declared
    needed = {"project", "project_number", "jobs"}
    assert needed <= set(parsed["terraform/project.tfvars.example"]) <= \
        declared
    without = {n for b in parsed["terraform/variables.tf"]["variable"]
               for n, v in b.items() if "default" not in (
                   v[0] if isinstance(v, list) else v)}
    for name in ENVIRONMENTS:
        assert without <= set(parsed[f"terraform/{name}.tfvars"]) | set(
            parsed["terraform/project.tfvars.example"])


def test_nat_wherever_composer_is(parsed):
    for kind in ("google_compute_router", "google_compute_router_nat"):
        found = resource(parsed, "terraform/modules/network/main.tf", kind,
                         "nf")
        assert "var.nat" in text(found["count"])
    call = block(parsed, "terraform/main.tf", "module", "network")
    assert "var.composer" in text(call["nat"])


def test_counts_follow_resilience(parsed):
    config = text(resource(parsed, "terraform/modules/composer/main.tf",
                           "google_composer_environment", "nf"))
    assert config.count("local.twice") >= 3 and "local.workers" in config
    assert not re.search(r'"count": \d', config)


def test_agents_of_services_that_are_on(parsed):
    assert "var.services" in text(parsed["terraform/modules/kms/main.tf"][
        "locals"])
    for name in ("pubsub", "container", "composer", "dataproc"):
        assert name in text(parsed["terraform/main.tf"]["locals"])


def test_slos_and_uptime_are_asked_for(parsed):
    path = "monitoring/terraform/slo.tf"
    assert "var.slos" in text(parsed[path]["locals"])
    assert "local.asked" in text(resource(
        parsed, path, "google_monitoring_uptime_check_config",
        "api")["for_each"])
    for name in ENVIRONMENTS:
        assert "slos" not in text(parsed[f"terraform/{name}.tfvars"])


def test_dev_can_be_destroyed(parsed):
    dev = parsed["terraform/dev.tfvars"]
    assert dev["deletion_policy"] == "DELETE"
    assert int(dev["retention"]["locked"]) == 0
    for path, kind in (("storage", "google_storage_bucket"),
                       ("bigtable", "google_bigtable_instance")):
        found = resource(parsed, f"terraform/modules/{path}/main.tf", kind,
                         "nf")
        assert "DELETE" in text(found["force_destroy"])


def test_clusters_have_names(parsed):
    found = text(resource(parsed, "terraform/modules/bigtable/main.tf",
                          "google_bigtable_instance", "nf"))
    ids = re.findall(r'"cluster_id": "([^"]*)"', found)
    assert ids and not [i for i in ids if "zone" in i]


def test_prod_is_compared(parsed):
    """Destruction that is no destroy needs a second word."""
    prod = parsed["terraform/prod.tfvars"]
    assert (TERRAFORM / prod["acknowledged"]).exists()
    guard = text(resource(parsed, "terraform/modules/bigtable/main.tf",
                          "terraform_data", "acknowledged"))
    for what in ("local.kept", "local.added", "local.changed_gc"):
        assert what in guard


def test_pip_asks_one_index(parsed):
    conf = resource(parsed, "terraform/modules/composer/main.tf",
                    "google_storage_bucket_object", "pip")["content"]
    assert "index-url" in conf and "extra-index-url" not in conf
    for f in (ROOT / "deploy").rglob("*"):
        if f.is_file() and f.suffix in (".tf", ".tfvars", ".py", ".conf"):
            assert "extra-index-url" not in f.read_text(), f


def test_jobs_are_no_environment_variable(parsed):
    """A change of those ends the tasks that run."""
    call = block(parsed, "terraform/main.tf", "module", "composer")
    assert "/home/airflow/gcs/data/jobs" in text(call["env"])
    assert "local.jobs" not in text(call["env"])


def test_no_window_is_computed(parsed):
    """What to ask for is in no schedule, request or environment."""
    for path in ("terraform/modules/run/main.tf",
                 "terraform/modules/function/main.tf"):
        assert not re.search(r"window|yesterday|timeadd|plantimestamp",
                             re.sub(r"#.*|maintenance_window", "", (
                                 ROOT / "deploy" / path).read_text())), path
    for folder in ("common", "composer", "dataproc", "function", "run"):
        for f in (ROOT / "deploy" / folder).glob("*.py"):
            assert not re.search(r"timedelta\(days|data_interval|logical_date",
                                 f.read_text()) \
                or f.name == "nf_example_dag.py", f


def test_writers_are_held_off(parsed):
    """Each role that writes any object has the condition."""
    local = text(parsed["terraform/iam.tf"]["locals"])
    writers = set(re.findall(r"roles/[\w.]+", re.search(
        r'"writers": \[([^]]*)\]', local).group(1)))
    granted = set(re.findall(r"roles/[\w.]+", local))
    known = {"roles/cloudbuild.builds.builder", "roles/composer.worker",
             "roles/dataproc.editor", "roles/dataproc.worker",
             "roles/editor", "roles/owner", "roles/storage.admin",
             "roles/storage.objectAdmin", "roles/storage.objectUser"}
    assert granted & known <= writers
    for where in ("artifacts", "staging", "rejects", "dags/", "config/",
                  "data/jobs/"):
        assert where in local
    for kind in ("google_project_iam_member",
                 "google_storage_bucket_iam_member"):
        assert "local.unsealed" in text(resource(
            parsed, "terraform/iam.tf", kind, "box"))


def test_callers_outlive_the_function(parsed):
    assert "replace_triggered_by" in text(resource(
        parsed, "terraform/modules/function/main.tf",
        "google_cloud_run_v2_service_iam_member", "caller"))


# The faults of which plans show more, each by its text.

def test_a_zone_is_one_of_the_region(parsed):
    """For the only cluster, and for one whose key is of a region."""
    zone = variable(parsed, "terraform/variables.tf", "zone")
    assert "var.region" in text(zone["validation"])
    assert "default" in zone and not zone["default"] or \
        zone["default"] == "null"
    size = text(variable(parsed, "terraform/modules/bigtable/variables.tf",
                         "size")["validation"])
    assert "var.key" in size and "var.region" in size


def variable(parsed, path, name):
    return block(parsed, path, "variable", name)


def test_without_composer_somebody_loads_and_somebody_looks(parsed):
    main = parsed["terraform/main.tf"]
    local = {k: v for b in main["locals"] for k, v in b.items()}
    assert "var.composer == null" in text(local["run"]) \
        and "coalesce(var.run" in text(local["run"])
    iam = text(parsed["terraform/iam.tf"]["locals"])
    assert re.search(r'\["run", "roles/bigtable.user"\]', iam)
    run = text(parsed["terraform/modules/run/main.tf"]["locals"])
    assert "_watch" in run and "nf_watch.py" in run
    alerts = (ROOT / "deploy/monitoring/terraform/alerts.tf").read_text()
    assert "composer" not in alerts and "nf-late = {" in alerts


def test_composers_image_has_a_build_and_an_end(parsed):
    """In no default, but beside the other sizes; a plan warns after its
    end."""
    for name in ENVIRONMENTS:
        image = parsed[f"terraform/{name}.tfvars"]["composer"]["image"]
        assert re.fullmatch(r"composer-3-airflow-[23]\.\d+\.\d+-build\.\d+",
                            image["version"])
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", image["supported_until"])
    for path in TERRAFORM.rglob("*.tf"):
        assert not re.search(r"composer-3-airflow-\d", path.read_text()), path
    (check,) = (c["composer_image"] for c in parsed[
        "terraform/checks.tf"]["check"] if "composer_image" in c)
    assert "supported_until" in text(check)


def test_what_is_built_is_looked_for_by_its_name():
    makers = "".join((ROOT / "deploy/bundle" / f).read_text()
                     for f in ("bundle.py", "wheel.py"))
    main = (TERRAFORM / "main.tf").read_text()
    for name in ("nf-bundle-{}.tar.gz", "nf-function-{}.zip"):
        assert f'f"{name.format("{version}")}"' in makers
        assert f'${{local.dist}}/{name.format("${var.release}")}' in main


def test_one_starter_and_one_execution(parsed):
    """Cloud Scheduler where there is no Composer, one job of it a feed; the
    function is not started by it, and takes one request at a time."""
    call = block(parsed, "terraform/main.tf", "module", "run")
    assert text(call["scheduled"]) == '"var.composer == null"'
    function = (TERRAFORM / "modules/function/main.tf").read_text()
    assert "scheduler" not in function.lower()
    assert re.search(r"max_instance_request_concurrency = 1\b", function)
    job = text(resource(parsed, "terraform/modules/run/main.tf",
                        "google_cloud_scheduler_job", "nf"))
    assert '"body"' not in job
    dag = (ROOT / "deploy/composer/nf_dag.py").read_text()
    assert re.search(r"max_active_runs=1\b", dag)
    # What wrote the state of windows is no more, and may not.
    assert '"state"' not in text(parsed["terraform/iam.tf"]["locals"])


def test_what_runs_is_compared_with_digests(parsed):
    call = block(parsed, "terraform/main.tf", "module", "composer")
    assert "filesha256(f)" in text(call["env"])
    assert "filesha256" in text(resource(
        parsed, "terraform/modules/function/main.tf",
        "google_storage_bucket_object", "source"))
    run = (TERRAFORM / "modules/run/main.tf").read_text()
    assert "immutable_tags = true" in run


def test_spark_is_sized_by_the_job(parsed):
    """Not by literals of the DAG, and no worker is held meanwhile."""
    call = text(block(parsed, "terraform/main.tf", "module",
                      "composer")["env"])
    assert "NF_DEFERRABLE" in call
    dag = (ROOT / "deploy/composer/nf_dag.py").read_text()
    for member in ("executors", "hours", "version"):
        assert re.search(rf'spark\["{member}"\]', dag), member


def test_what_exists_can_be_given(parsed):
    """Each thing that may be there already is left unmade."""
    main = text(parsed["terraform/main.tf"]) + (
        TERRAFORM / "jobs.tf").read_text()
    for member in ("network", "key", "accounts", "instance", "buckets",
                   "secrets"):
        assert re.search(rf"var\.existing\.{member}\b", main), member
    for path in TERRAFORM.rglob("*.tf"):
        for name in re.findall(r'^  (?:name|account_id|repository_id) += '
                               r'"([^"]*)"', path.read_text(), re.M):
            assert "${var.prefix}" in name or "${var.project}" in name or \
                "/" in name, (path, name)


def test_who_read_personal_data_is_logged(parsed):
    assert parsed["terraform/prod.tfvars"]["access_logs"] in (True, "true")
    found = text(resource(parsed, "terraform/iam.tf",
                          "google_project_iam_audit_config", "access"))
    for service in ("bigtable", "storage", "secretmanager"):
        assert service in found


def test_names_have_six_characters_where_google_wants_them(parsed):
    """An instance of Bigtable has 6 to 33, whatever the prefix."""
    name = resource(parsed, "terraform/modules/bigtable/main.tf",
                    "google_bigtable_instance", "nf")["name"]
    own = len(name.replace("${var.prefix}", "").strip('"'))
    assert own + 2 >= 6 and own + 12 <= 33
    said = (TERRAFORM / "jobs.tf").read_text()
    assert f'"{name}")}}"' in said  # what a job's target must be


EXAMPLE = TERRAFORM / "jobs.example"
NF_STAGE = BUILD / "nf-stage"


def checked(path):
    done = subprocess.run([NF_STAGE, "days", "--check", path],
                          capture_output=True, text=True)
    return done.returncode


def test_the_example_is_a_job(tmp_path):
    """nf-stage takes what Terraform takes, and its secret is sent."""
    (path,) = EXAMPLE.glob("*.job.json")
    if NF_STAGE.exists():
        assert checked(path) == 0
    said = json.loads(path.read_text())
    source = (EXAMPLE / said["source"]).read_text()
    assert '"env:NF_SECRET_NFE_TOKEN"' in source
    assert said["name"] == path.name.removesuffix(".job.json")
    schema = json.loads((ROOT / "mappings/job.schema.json").read_text())
    jsonschema.validate(said, schema)


def test_what_a_plan_refuses_nf_stage_refuses(tmp_path):
    """But for what only a deployment knows: its buckets, its zones' names."""
    if not NF_STAGE.exists():
        pytest.skip("not built")
    from test_terraform import GOOD, WRONG
    taken = []
    for i, (job, _, why) in enumerate(WRONG):
        said = {**JOB, "name": "w", "source": "w.source.json", **GOOD, **job}
        path = tmp_path / f"w{i}.job.json"
        path.write_text(json.dumps({k: v for k, v in said.items()
                                    if v is not None}))
        if checked(path) == 0:
            taken.append(why.partition(":")[0])
    assert set(taken) <= {"source", "mapping", "stage", "target",
                          "rejects/stage", "window/zone", "late_after",
                          "load/spark", "except",
                          "schedule", "name"}


def test_zones():
    """The zones that a plan knows are those that there are."""
    known = json.loads((TERRAFORM / "zones.json").read_text())
    assert len(known) > 400 and known == sorted(known)
    for zone in known:
        zoneinfo.ZoneInfo(zone)
    assert {"America/Sao_Paulo", "America/Manaus", "America/Rio_Branco",
            "America/Noronha", "UTC"} <= set(known)


def test_everything_said_is_known_to_the_leaves(parsed):
    """No variable of objects with optional members, which drops what is
    misspelt; each of type any checks its members."""
    for found in parsed["terraform/variables.tf"]["variable"]:
        for name, body in found.items():
            body = body[0] if isinstance(body, list) else body
            kind = text(body["type"])
            assert "object(" not in kind and "optional(" not in kind, name
            if kind == '"any"':
                assert "setsubtract" in text(body["validation"]), name


def test_a_nightly_job_waits_for_hours():
    """An API may be away for hours before a task fails, and wakes anybody;
    and it is not waited for the whole day."""
    source = (ROOT / "deploy/common/nf_job.py").read_text()
    retries, wait, longest = map(int, re.search(
        r"^RETRIES, RETRY_DELAY, LONGEST_DELAY = (\d+), (\d+), (\d+)$",
        source, re.M).groups())
    waits = [min(wait * 2 ** n, longest) for n in range(retries)]
    assert 4 * 3600 <= sum(waits) <= 12 * 3600
    assert waits[0] <= 600
    rules = (ROOT / "deploy/monitoring/prometheus/nf.rules.yml").read_text()
    again = rules[rules.index("alert: NfRetries"):]
    assert int(re.search(r"for: (\d+)h", again).group(1)) >= 2

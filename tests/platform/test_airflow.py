# SPDX-License-Identifier: Apache-2.0
"""The DAGs and NfOperator on the real Airflow 2.10 and 3."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema
import pytest

from airflows import VERSIONS, WIDE, Airflow, deployment
from platforms import (COMMON, DEPLOY, FULL, check_recorded, e2e, environment,
                       record)

sys.path.insert(0, str(DEPLOY / "dataproc"))
import driver  # noqa: E402

SCHEMA = json.loads((COMMON / "nf-run.schema.json").read_text())

WHEN = "2026-01-31T06:00:00+00:00"
PERMANENT = {1: "bug", 64: "usage", 65: "bad_data", 70: "bug",
             77: "permission", 78: "config"}
TEMPORARY = {69: "refused", 74: "io", 75: "temporary", 141: "pipe",
             143: "signal"}


@pytest.fixture(scope="module", params=VERSIONS)
def airflow(request, tmp_path_factory):
    found = Airflow(request.param,
                    tmp_path_factory.mktemp(request.param) / "home")
    yield found
    found.stop()
    record(recorded(found), found.entries)


def recorded(airflow):
    """Where entries of that Airflow are kept."""
    return airflow.name.replace("airflow", "dag")


@pytest.fixture
def told(airflow):
    """What nf-run was told since last asked; all of it is as its schema
    wants it."""
    airflow.told()
    before = len(airflow.entries)
    yield airflow.told
    airflow.told()
    schema = jsonschema.Draft202012Validator(SCHEMA)
    for entry in airflow.entries[before:]:
        schema.validate(entry["jsonPayload"])
    check_recorded(recorded(airflow), airflow.entries[before:])


def test_exit_codes(airflow, told):
    """Tries and final state of each exit code, and what nf-run gets."""
    assert airflow.run("dags", "test", "codes", WHEN) == 1
    want = {"exit0": ("success", 1), "exit99": ("skipped", 1),
            "late": ("success", 1)}
    want |= {f"exit{n}": ("failed", 1) for n in PERMANENT}
    want |= {f"exit{n}": ("failed", 3) for n in TEMPORARY}
    want |= {n: ("failed", 3) for n in ("kill9", "kill15", "child9",
                                        "python")}
    assert airflow.states("codes") == want
    assert airflow.xcom("codes", "late") == {"tool": "x"}
    attempts = {}
    for p in told():
        attempts.setdefault(p["run"], []).append(
            (p["attempt"], p["exit"], p["outcome"], p["reason"]))
    assert attempts["exit0"] == [(1, 0, "ok", "")]
    assert attempts["exit99"] == [(1, 99, "skipped", "empty")]
    for n, reason in PERMANENT.items():
        assert attempts[f"exit{n}"] == [(1, n, "failed", reason)]
    for name, n, reason in (
            *((f"exit{n}", n, r) for n, r in TEMPORARY.items()),
            ("kill9", -9, "signal"), ("kill15", -15, "signal"),
            ("child9", 137, "signal")):
        assert attempts[name] == [(1, n, "retry", reason),
                                  (2, n, "retry", reason),
                                  (3, n, "failed", reason)]
    (python,) = (v for k, v in attempts.items() if k.startswith("manual"))
    assert python == [(1, 75, "retry", "temporary"),
                      (2, 75, "retry", "temporary"),
                      (3, 75, "failed", "temporary")]


class Cloud:
    """A deployment: a bucket, a table, an API with so many invoices."""

    def __init__(self, api, bigtable, fake_gcs, tools):
        self.table, self.bucket, self.tools = bigtable, fake_gcs, tools
        self.services = {**bigtable.env, **fake_gcs.env}
        self.create(bigtable)
        self.api = api([e2e.make_invoice(i) for i in range(30)], per_page=10)

    def create(self, table):
        self.tools.run("nf-load", "create", "-m", WIDE, table.uri,
                       env=table.env, check=0)

    def env(self, **source):
        return {**self.services, "NF_STATE": self.bucket.uri,
                "NF_APP_PROFILE": "nf-batch", **deployment(
                    self.api.url, self.bucket.uri, self.table.uri, **source)}

    def noted(self):
        """Until when the watch takes the data to be complete."""
        blob = self.bucket.client().bucket(self.bucket.bucket).blob(
            "watch/nf.json")
        return json.loads(blob.download_as_bytes())["until"]

    def clean(self, run):
        """What one clean load of a run makes of an empty table."""
        other = type(self.table)(self.table.host)
        self.create(other)
        self.tools.run("pipeline.sh", "load", "--stage",
                       f"{self.bucket.uri}/{run}", "-m", WIDE, "--to",
                       other.uri, env=self.services, check=0)
        return other.rows("invoices")


@pytest.fixture
def cloud(api, bigtable, fake_gcs, tools):
    return Cloud(api, bigtable, fake_gcs, tools)


def run_of(day):
    """The run of the interval that ends on that day of January 2026."""
    return f"nf-202601{day - 1:02}T060000Z-202601{day:02}T060000Z"


LOADED = {"fetch": ("success", 1), "shares": ("success", 1),
          ("load", 0): ("success", 1), "audit": ("success", 1),
          "loaded": ("success", 1)}


def test_interval(airflow, told, cloud):
    """API to table; the same interval again changes nothing; a day without
    invoices is skipped, and is no late day.  The pool is for what calls the
    API."""
    env = {**cloud.env(), "NF_POOL": "nf-api"}
    assert airflow.run("pools", "set", "nf-api", "1", "calls of the API") == 0
    assert airflow.run("dags", "test", "nf_nf", "2026-01-20T06:00:00+00:00",
                       **env) == 0
    assert airflow.states("nf_nf") == LOADED
    assert airflow.select("SELECT task_id FROM task_instance WHERE dag_id ="
                          " 'nf_nf' AND pool = 'nf-api'") == [("fetch",)]
    rows = cloud.table.rows("invoices")
    assert len(rows) == 30 and rows == cloud.clean(run_of(20))
    assert cloud.noted() == "2026-01-20T06:00:00+00:00"
    summary = airflow.xcom("nf_nf", "fetch")
    assert (summary["tool"], summary["state"]) == ("nf-pipeline", "committed")
    asked = len(cloud.api.requests)
    assert airflow.run("dags", "test", "nf_nf", "2026-01-20T06:00:00+00:00",
                       **env) == 0
    assert len(cloud.api.requests) == asked
    assert cloud.table.rows("invoices") == rows
    assert {p["outcome"] for p in told()} == {"ok"}

    cloud.api.records = []
    assert airflow.run("dags", "test", "nf_nf", "2026-01-21T06:00:00+00:00",
                       **env) == 0
    assert airflow.states("nf_nf") == {
        "fetch": ("skipped", 1), "shares": ("skipped", 0),
        "load": ("skipped", 0), "audit": ("skipped", 0),
        "loaded": ("success", 1)}
    assert cloud.table.rows("invoices") == rows
    assert cloud.noted() == "2026-01-21T06:00:00+00:00"
    assert [p["reason"] for p in told() if p["tool"] == "pipeline"] \
        == ["empty"]


def test_trouble(airflow, told, cloud):
    """The API is down, then nf-fetch is killed: the tries go on where the
    one before stopped, and the table is as one clean run leaves it."""
    trouble = ["down", "kill"]

    def before(handler, path, query):
        if query.get("page") != "2" or not trouble:
            return False
        if trouble.pop(0) == "down":
            handler.answer(503, "{}")
            return True
        for pid in processes_with(cloud.bucket.bucket, cloud.api.url):
            os.kill(pid, signal.SIGKILL)
        return False

    cloud.api.before = before
    env = cloud.env(fetch_args=["--tries", "1"])
    assert airflow.run("dags", "test", "nf_nf", "2026-01-22T06:00:00+00:00",
                       **env) == 0
    assert airflow.states("nf_nf") == {**LOADED, "fetch": ("success", 3)}
    assert not trouble
    rows = cloud.table.rows("invoices")
    assert len(rows) == 30 and rows == cloud.clean(run_of(22))
    attempts = [(p["attempt"], p["exit"], p["outcome"]) for p in told()
                if p["tool"] == "pipeline" and p["part"] is None]
    assert attempts[:3] == [(1, 75, "retry"), (2, 137, "retry"),
                            (3, 0, "ok")]


def test_twin(airflow, told, cloud):
    """While an attempt waits for a page, the API changes and a twin commits
    the run: the next try finds it, and the table is as the run says."""
    run, codes = run_of(27), []

    def before(handler, path, query):
        if query.get("page") == "2" and not codes:
            codes.append(None)
            cloud.api.records = [e2e.make_invoice(i) for i in range(90, 115)]
            codes[0] = cloud.tools.run(
                "pipeline.sh", "fetch", "--from", cloud.api.url, "--stage",
                f"{cloud.bucket.uri}/{run}", env=cloud.services).returncode
        return False

    cloud.api.before = before
    assert airflow.run("dags", "test", "nf_nf", "2026-01-27T06:00:00+00:00",
                       **cloud.env()) == 0
    assert codes == [0]
    assert airflow.states("nf_nf") == {**LOADED, "fetch": ("success", 2)}
    rows = cloud.table.rows("invoices")
    assert len(rows) == 25 and rows == cloud.clean(run)
    attempts = [(p["attempt"], p["exit"], p["outcome"]) for p in told()
                if p["tool"] == "pipeline" and p["part"] is None]
    assert attempts[:2] == [(1, 75, "retry"), (2, 0, "ok")]


def test_worker_killed(airflow, told, cloud):
    """The worker dies, its tools go on alone, and the interval is run again
    beside them."""
    waiting, go_on = threading.Event(), threading.Event()

    def before(handler, path, query):
        if query.get("page") == "2" and not waiting.is_set():
            waiting.set()
            go_on.wait(120)
        return False

    cloud.api.before = before
    words = ("dags", "test", "nf_nf", "2026-01-28T06:00:00+00:00")
    worker = airflow.start(*words, **cloud.env())
    try:
        assert waiting.wait(120)
        worker.kill()
        worker.wait()
        orphans = list(processes_with(cloud.api.url))
        assert orphans
        assert airflow.run(*words, **cloud.env()) == 0
    finally:
        go_on.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    assert airflow.states("nf_nf") == LOADED
    until("the orphans end", lambda: not list(processes_with(cloud.api.url)))
    rows = cloud.table.rows("invoices")
    assert len(rows) == 30 and rows == cloud.clean(run_of(28))
    told()


def until(what, seen):
    end = time.monotonic() + 60
    while not seen():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not within 60 s")
        time.sleep(0.1)


def processes_with(*words):
    """Of nf-fetch, those whose command line has one of the words."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().split(b"\0")
            if line[0].endswith(b"nf-fetch") \
                    and any(w.encode() in b" ".join(line) for w in words):
                yield int(path.parent.name)


def test_bad_data(airflow, told, cloud):
    """A bad record stops the load at once, and the source is not noted; with
    max_rejects it is kept aside, told, and the rest is loaded."""
    cloud.api.records[7] = '{"NFeNumber":1}'
    when = "2026-01-23T06:00:00+00:00"
    assert airflow.run("dags", "test", "nf_nf", when, **cloud.env()) == 1
    assert airflow.states("nf_nf") == {
        **LOADED, ("load", 0): ("failed", 1), "audit": ("upstream_failed", 0),
        "loaded": ("upstream_failed", 0)}
    assert "watch/nf.json" not in cloud.bucket.names()
    assert [(p["exit"], p["reason"]) for p in told()
            if p["outcome"] == "failed" and p["tool"] == "pipeline"] \
        == [(65, "bad_data")]
    refused = f"{cloud.bucket.uri}/refused"
    assert airflow.run("dags", "test", "nf_nf", when, NF_REJECTS=refused,
                       **cloud.env(max_rejects="1")) == 0
    assert airflow.states("nf_nf") == LOADED
    assert len(cloud.table.rows("invoices")) == 29
    kept = [n for n in cloud.bucket.names(f"refused/{run_of(23)}-rejects-")
            if n.endswith("manifest.json")]
    assert len(kept) == 1
    rejects = [p for p in told() if p["event"] == "reject"]
    assert [(p["tool"], p["rejected"]) for p in rejects] \
        == [("nf-transform", 1)]


@pytest.fixture(scope="session")
def many_parts(tmp_path_factory):
    """A staging folder with a run of 5,000 parts; in memory, if there is
    such a place, for each part waits for the disk twice."""
    memory = pathlib.Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        memory = tmp_path_factory.mktemp("many")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        staging = f"file://{folder}/staging"
        rows = "".join(e2e.make_invoice(i, 1) + "\n" for i in range(5000))
        e2e.Tools(folder).run(
            "nf-stage", "put", "--unsealed", "--emit=none", "--part-records",
            "1", f"{staging}/{run_of(24)}", input=rows, check=0, timeout=600)
        yield staging


def test_many_parts(airflow, told, cloud, many_parts):
    """5,000 parts are 64 shares, each of which is a mapped task."""
    shares = 64 if FULL else 8
    env = {**cloud.env(), "NF_STAGING": many_parts, "NF_SHARES": str(shares)}
    assert airflow.run("dags", "test", "nf_nf", "2026-01-24T06:00:00+00:00",
                       **env) == 0
    states = airflow.states("nf_nf")
    assert [states["load", i] for i in range(shares)] \
        == [("success", 1)] * shares
    assert states["audit"] == ("success", 1)
    assert airflow.xcom("nf_nf", "shares")[-1] == f"{shares}/{shares}"
    assert len(cloud.table.rows("invoices")) == 5000


def test_spark(airflow, told, cloud, tmp_path):
    """A big run is a batch, of another name at each try."""
    log = tmp_path / "batches"
    env = {**cloud.env(max_rejects="1"), "NF_REJECTS": "gs://rejects",
           "NF_SPARK_ARTIFACTS": "gs://artifacts", "NF_VERSION": "9",
           "NF_SPARK_SHA256": json.dumps({
               "driver.py": "1" * 64, "nf_job.py": "2" * 64,
               "nf-9.bundle": "3" * 64}),
           "NF_SPARK_BYTES": "100", "NF_FAKE_BATCH_LOG":
           str(log), "NF_PROJECT": "p", "NF_REGION": "r",
           "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": "google-cloud-platform://"}

    def run(states):
        code = airflow.run("dags", "test", "nf_nf",
                           "2026-01-25T06:00:00+00:00",
                           NF_FAKE_BATCH=states, **env)
        found = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return code, airflow.states("nf_nf"), found

    code, states, batches = run("FAILED,SUCCEEDED")
    assert code == 0
    assert states["spark"] == ("success", 2)
    assert states["load"] == ("skipped", 0)
    assert states["audit"] == states["loaded"] == ("success", 1)
    names = [b["id"] for b in batches]
    assert len(set(names)) == 2
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", n)
               for n in names)
    assert batches[0]["runtime_config"]["version"] == "2.3"
    sent = batches[0]["pyspark_batch"]
    given = driver.options(sent["args"])
    assert given.sums == {"driver.py": "1" * 64, "nf_job.py": "2" * 64}
    assert sent["file_uris"] == ["gs://artifacts/spark/nf-9.bundle"]
    properties = batches[0]["runtime_config"]["properties"]
    assert properties["spark.executorEnv.NF_BUNDLE_SHA256"] == "3" * 64
    # What the driver and its modules import comes along.
    assert {u.rpartition("/")[2] for u in sent["python_file_uris"]} == {
        f"{m}.py" for m in set(re.findall(
            r"import (nf_\w+)", "".join(p.read_text() for p in (
                DEPLOY / "dataproc/driver.py", *COMMON.glob("*.py")))))
        - {"nf_watch"}}
    assert given.stage == f"{cloud.bucket.uri}/{run_of(25)}"
    assert given.to == cloud.table.uri
    assert (given.source, given.mapping, given.max_rejects,
            given.reject_stage, given.app_profile) == (
        "nf", WIDE.name, "1", "gs://rejects", "nf-batch")
    assert len(cloud.table.rows("invoices")) == 30
    code, states, batches = run("FAILED,CANCELLED")
    assert code == 1
    assert states["spark"] == ("failed", 2)
    assert states["loaded"] == ("upstream_failed", 0)


GOOD = {"url": "http://127.0.0.1:1/", "mapping": "nf-wide.json"}
BROKEN = {
    "no url": {"mapping": "m"},
    "no mapping": {"url": "http://x/"},
    "unknown zone": {**GOOD, "time_zone": "America/SaoPaulo"},
    "cron of a day that does not exist": {**GOOD, "schedule": "0 3 * * mon-"},
    "cron in words": {**GOOD, "schedule": "every day"},
    "misspelt member": {**GOOD, "late_afer": 10},
    "arguments as a text": {**GOOD, "fetch_args": "-p page"},
    "limit in words": {**GOOD, "max_rejects": "a few"},
    "no object": "http://x/",
}


def listed(airflow):
    """Ids and tags of the DAGs that that Airflow finds, and what it cannot
    import."""
    code = ("import json, nf_dag; print(json.dumps({d.dag_id: sorted(d.tags)"
            " for d in vars(nf_dag).values() if isinstance(d, nf_dag.DAG)}))")

    def ask(**env):
        done = subprocess.run(
            [airflow.python, "-c", code], cwd=airflow.home / "dags",
            env={**airflow.env, "NF_STAGING": "file:///x", "NF_TARGET":
                 "sqlite:/x", **env}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1]), done.stderr
    return ask


def test_broken_source(airflow):
    """A broken source breaks its own DAG, which says why, and no other."""
    ask = listed(airflow)
    sources = {"a": GOOD, **{f"b{i}": bad for i, bad in
                             enumerate(BROKEN.values())}, "z": GOOD}
    found, said = ask(NF_SOURCES=json.dumps(sources))
    assert found.pop("nf_a") == found.pop("nf_z") == ["nf-tools"]
    assert found == {f"nf_b{i}": ["nf-broken", "nf-tools"]
                     for i in range(len(BROKEN))}
    for i in range(len(BROKEN)):
        assert f"nf_dag: b{i}: " in said
    for text in ("{", "[]", '"x"'):
        assert ask(NF_SOURCES=text)[0] == {
            "nf_sources": ["nf-broken", "nf-tools"]}
    for name, value in (("NF_SHARES", "0"), ("NF_SHARES", "1025"),
                        ("NF_RETRIES", "many"), ("NF_SPARK_HOURS", "-1")):
        found, said = ask(NF_SOURCES=json.dumps({"a": GOOD}), **{
            name: value, "NF_SPARK_BYTES": "1", "NF_PROJECT": "p",
            "NF_REGION": "r"})
        assert found == {"nf_a": ["nf-broken", "nf-tools"]}, name
        assert name in said


def test_broken_source_fails(airflow, told, cloud):
    """The DAG of a broken source ends as wrong settings do."""
    bad = json.dumps({"b": {**GOOD, "time_zone": "Brazil/Nowhere"}})
    assert airflow.run("dags", "test", "nf_b", WHEN,
                       **{**cloud.env(), "NF_SOURCES": bad}) == 1
    assert airflow.states("nf_b") == {"config": ("failed", 1)}
    (said,) = told()
    assert (said["source"], said["outcome"], said["reason"]) == (
        "b", "failed", "config")


@pytest.mark.parametrize("status, reason, tries", [
    (403, "permission", 1), (404, "config", 1), (503, "temporary", 9)])
def test_secret_refused(airflow, told, cloud, google, status, reason, tries):
    """A secret that the account may not read, or that is not there, is tried
    once, and named."""
    google.refuse = {"/v1/projects/p/secrets/": [status]}
    assert airflow.run(
        "dags", "test", "nf_nf", "2026-01-29T06:00:00+00:00",
        **{**google.env, **cloud.env(secrets=["nf-token"])}) == 1
    assert airflow.states("nf_nf")["fetch"] == ("failed", tries)
    said = told()
    assert {p["reason"] for p in said} == {reason}
    assert said[-1]["outcome"] == "failed"
    assert "the secret nf-token" in said[-1]["message"]


@pytest.mark.parametrize("name", VERSIONS)
def test_spark_refuses(name):
    """Google's Batch refuses what it does not know, so that what test_spark
    submits is known to it."""
    build = ("import json, sys; from google.cloud.dataproc_v1 import Batch;"
             "Batch(json.loads(sys.argv[1]))")
    for batch, known in (
            ({"pyspark_batch": {"main_python_file_uri": "gs://b/d.py"}}, True),
            ({"pyspark_batch": {"main_python_uri": "gs://b/d.py"}}, False)):
        done = subprocess.run([environment(name), "-c", build,
                               json.dumps(batch)], capture_output=True)
        assert (done.returncode == 0) == known, done.stderr
        assert known or b"main_python_uri" in done.stderr


def test_example(airflow, told, api, tools, tmp_path):
    """The plain BashOperator."""
    table = f"sqlite:{tmp_path}/t.db"
    tools.run("nf-load", "create", "-m", WIDE, table, check=0)
    server = api([e2e.make_invoice(i) for i in range(30)], per_page=10)
    path = f"{airflow.tools}:{os.environ['PATH']}"
    assert airflow.run(
        "dags", "test", "nf_example", "2026-01-26T06:00:00+00:00", PATH=path,
        NF_SOURCES="{}", NF_EXAMPLE=json.dumps({
            "url": server.url, "staging": f"file://{tmp_path}/staging",
            "mapping": str(WIDE), "target": table})) == 0
    assert airflow.states("nf_example") == {"invoices": ("success", 1)}
    assert airflow.xcom("nf_example", "invoices")["state"] == "loaded"
    assert len(tools.scan(table, env={})) == 30
    assert (tmp_path / "staging/example-20260125/_nf/manifest.json").exists()


def test_watch(airflow, told, cloud):
    """The hourly check watches a source from its first time on: if nothing
    runs at all, that is seen, and told in the worker's trace."""
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    def check(**env):
        assert airflow.run("dags", "test", "nf_watch", WHEN, **env) == 0
        (said,) = told()
        assert (said["event"], said["source"]) == ("freshness", "nf")
        return said["outcome"], airflow.xcom("nf_watch", "check")

    assert check(**cloud.env()) == ("ok", 0)
    assert check(**cloud.env()) == ("ok", 0)
    noted = cloud.noted()
    assert check(**cloud.env(late_after=0.001),
                 TRACEPARENT=f"00-{trace}-{span}-01") == ("late", 1)
    entry = airflow.entries[-1]
    assert entry["severity"] == "WARNING"
    assert (entry["trace"], entry["spanId"]) == (trace, span)
    assert check(**cloud.env(), TRACEPARENT="") == ("ok", 0)
    assert cloud.noted() == noted
    assert cloud.table.rows("invoices") == {}

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
import threading
import time

import jsonschema
import pytest

from airflows import VERSIONS, WIDE, Airflow
from deployed_jobs import (AFTER, BEFORE, LOOKED_BACK, Jobs, arrive_late,
                           by_day, days_ago, ledger, looked_back)
from platforms import (COMMON, DEPLOY, FULL, check_recorded, e2e,
                       environment, record)

sys.path.insert(0, str(DEPLOY / "dataproc"))
import driver  # noqa: E402

SCHEMA = json.loads((COMMON / "nf-run.schema.json").read_text())

WHEN = "2026-01-31T06:00:00+00:00"
PERMANENT = {1: "bug", 64: "usage", 65: "bad_data", 70: "bug",
             77: "permission", 78: "config"}
TEMPORARY = {69: "refused", 74: "io", 75: "temporary", 141: "pipe",
             143: "signal"}


# What a short run tries with Composer's Airflow too: it is slow.
SHORT = ("test_shares", "test_broken_job")


@pytest.fixture(autouse=True)
def short(request):
    if "airflow31" in request.node.name and not FULL \
            and request.node.originalname not in SHORT:
        pytest.skip("Airflow 3.1: only with NF_TORTURE=full")


@pytest.fixture(scope="module", params=VERSIONS)
def airflow(request, tmp_path_factory):
    found = Airflow(request.param,
                    tmp_path_factory.mktemp(request.param) / "home")
    yield found
    found.stop()
    if found.name != "airflow31":
        record(recorded(found), found.entries)


def recorded(airflow):
    """Where entries of that Airflow are kept."""
    return f"dag{airflow.name.removeprefix('airflow')[0]}"


@pytest.fixture
def told(airflow):
    """What was reported to nf-run since the last call; all of it is as its schema
    wants it."""
    airflow.told()
    before = len(airflow.entries)
    yield airflow.told
    airflow.told()
    schema = jsonschema.Draft202012Validator(SCHEMA)
    for entry in airflow.entries[before:]:
        schema.validate(entry["jsonPayload"])
    check_recorded(recorded(airflow), airflow.entries[before:])


def test_exit_codes(airflow, told, tmp_path):
    """Tries and final state of each exit code, and what nf-run gets."""
    jobs = Jobs(tmp_path / "jobs")
    jobs.write("nf", "http://127.0.0.1:1/", f"file://{tmp_path}/s",
               "sqlite:t.db")
    assert airflow.run("dags", "test", "codes", WHEN, **jobs.env) == 1
    want = {"exit0": ("success", 1), "exit99": ("skipped", 1),
            "late": ("success", 1)}
    want |= {f"exit{n}": ("failed", 1) for n in PERMANENT}
    want |= {f"exit{n}": ("failed", 3) for n in TEMPORARY}
    want |= {n: ("failed", 3) for n in ("kill9", "kill15", "child9",
                                        "python", "silent")}
    assert airflow.states("codes") == want
    assert airflow.xcom("codes", "late") == {"tool": "x"}
    windows = {f"nf/2026-01-{i + 1:02}": name
               for i, name in enumerate(codes())}
    attempts = {}
    for p in told():
        attempts.setdefault(windows.get(p["run"], p["run"]), []).append(
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
    # The two that are Python, of which one says what it died of.
    assert sorted(a for a in attempts["nf"] if a[1] == 75) == [
        (1, 75, "retry", "temporary"), (2, 75, "retry", "temporary"),
        (3, 75, "failed", "temporary")]
    assert sorted(a for a in attempts["nf"] if a[1] is None) == [
        (1, None, "retry", "killed"), (2, None, "retry", "killed"),
        (3, None, "failed", "killed")]


def codes():
    """The tasks of the DAG codes, in the order of their windows."""
    text = (pathlib.Path(__file__).parent / "dags/codes_dag.py").read_text()
    numbers = re.search(r"in\n +\(([0-9, ]+)\)", text).group(1)
    return [*(f"exit{n}" for n in numbers.split(", ")), "kill9", "kill15",
            "child9", "late"]


class Cloud:
    """A deployment: a bucket, a table, an API with so many invoices a day,
    and a job whose windows of the last two days are due."""

    def __init__(self, api, bigtable, fake_gcs, tools, folder):
        self.table, self.bucket, self.tools = bigtable, fake_gcs, tools
        self.services = {**bigtable.env, **fake_gcs.env}
        self.create(bigtable)
        self.api = by_day(api([], per_page=5))
        self.jobs = Jobs(folder / "jobs")
        self.write()

    def create(self, table):
        self.tools.run("nf-load", "create", "-m", WIDE, table.uri,
                       env=table.env, check=0)

    def write(self, **change):
        self.path = self.jobs.write(
            "nf", self.api.url, self.bucket.uri, self.table.uri, **change)

    def env(self, **more):
        return {**self.services, "NF_APP_PROFILE": "nf-batch",
                **self.jobs.env, **more}

    def before(self, hook):
        """What is to happen before a page is answered."""
        serve = self.api.before
        self.api.before = lambda *a: hook(*a) or serve(*a)

    def ledger(self):
        return ledger(self.tools, self.path, self.services)

    def states(self):
        return [d["state"] for d in self.ledger().values()]

    def clean(self):
        """What one clean load of the newest runs makes of an empty table."""
        other = type(self.table)(self.table.host)
        self.create(other)
        for day in self.ledger().values():
            if "records" in day:
                self.tools.run(
                    "pipeline.sh", "load", "--stage", day["run"], "-m", WIDE,
                    "--to", other.uri, env=self.services, check=0)
        return other.rows("invoices")

    def rows(self):
        return self.table.rows("invoices")


@pytest.fixture
def cloud(api, bigtable, fake_gcs, tools, tmp_path):
    return Cloud(api, bigtable, fake_gcs, tools, tmp_path)


def run_dag(airflow, cloud, conf=None, **more):
    """The exit code of a run of the job's DAG."""
    words = ["--conf", json.dumps(conf)] if conf else []
    return airflow.run("dags", "test", "nf_nf", next(MOMENTS), *words,
                       **cloud.env(**more))


def moments():
    """Logical dates, each once."""
    for n in range(10**6):
        yield f"2026-01-{1 + n // 1440 % 28:02}T{n // 60 % 24:02}:" \
              f"{n % 60:02}:00+00:00"


MOMENTS = moments()


def done(n, tries=1, audit="success"):
    """States when the first of n windows took that many tries."""
    found = {"due": ("success", 1)}
    for i in range(n):
        found["window.run", i] = ("success", tries if i == 0 else 1)
        found["window.audit", i] = (audit, 1)
    return found


def test_due(airflow, told, cloud):
    """What is due is a mapped task a window, each a run of its own, loaded
    and audited; the DAG again has nothing to do; and a window again is a
    revision, whatever its task was tried."""
    assert airflow.run("pools", "set", "nf-api", "1", "calls of the API") == 0
    assert run_dag(airflow, cloud, NF_POOL="nf-api") == 0
    assert airflow.states("nf_nf") == done(2)
    assert airflow.select(
        "SELECT DISTINCT task_id FROM task_instance WHERE dag_id = 'nf_nf' "
        "AND pool = 'nf-api'") == [("window.run",)]
    assert sorted(set(cloud.api.days)) == [(d, d) for d in
                                           (days_ago(2), days_ago(1))]
    assert cloud.states() == ["audited", "audited"]
    rows = cloud.rows()
    assert len(rows) == 20 and rows == cloud.clean()
    assert {(p["outcome"], p["run"].partition("/")[0]) for p in told()
            if p["tool"] == "pipeline"} == {("ok", "nf")}
    asked = len(cloud.api.requests)
    assert run_dag(airflow, cloud, NF_POOL="") == 0
    assert airflow.states("nf_nf")["due"] == ("success", 1)
    assert len(cloud.api.requests) == asked
    # Late data: the window again, by hand.
    cloud.api.of[days_ago(2)] = [e2e.make_invoice(9000 + i)
                                 for i in range(15)]
    assert run_dag(airflow, cloud,
                   {"windows": days_ago(2), "again": True}) == 0
    assert airflow.states("nf_nf") == done(1)
    assert cloud.ledger()[days_ago(2)]["revision"] == 2
    assert len(cloud.rows()) == 35
    # And loaded once more.
    asked = len(cloud.api.requests)
    assert run_dag(airflow, cloud, {
        "windows": f"{days_ago(2)}..{days_ago(1)}", "reload": True}) == 0
    assert airflow.states("nf_nf") == done(2)
    assert len(cloud.api.requests) == asked
    # What names no window fails at once.
    for conf in ({"windows": "yesterday"}, {"again": True},
                 {"windows": "2999-01-01"}):
        assert run_dag(airflow, cloud, conf) == 1
        assert airflow.states("nf_nf")["due"] == ("failed", 1)
    told()


def test_trouble(airflow, told, cloud):
    """The API is down, then nf-fetch is killed: the tries go on where the
    one before stopped; a window that cannot be had keeps no other from its
    turn, and is taken by the next run."""
    trouble = ["down", "kill"]

    def before(handler, path, query):
        if query.get("from") != days_ago(2) or query.get("page") != "2":
            return False
        if not trouble:
            return False
        if trouble.pop(0) == "down":
            handler.answer(503, "{}")
            return True
        for pid in processes_with(cloud.api.url, str(cloud.jobs.folder)):
            os.kill(pid, signal.SIGKILL)
        return False

    cloud.before(before)
    assert run_dag(airflow, cloud) == 0
    assert not trouble
    rows = cloud.rows()
    assert len(rows) == 20 and rows == cloud.clean()
    outcomes = [p["outcome"] for p in told() if p["tool"] == "pipeline"]
    assert outcomes.count("retry") >= 1 and "failed" not in outcomes


def test_one_window_fails(airflow, told, cloud):
    """For good: the others are loaded, and the run of the DAG fails."""
    def before(handler, path, query):
        if query.get("from") == days_ago(2):
            handler.answer(403, "{}")
            return True
        return False

    serve = cloud.api.before
    cloud.before(before)
    assert run_dag(airflow, cloud) == 1
    states = airflow.states("nf_nf")
    assert states["window.run", 0] == ("failed", 1)
    assert states["window.audit", 0] == ("upstream_failed", 0)
    assert states["window.audit", 1] == ("success", 1)
    assert cloud.states() == ["missing", "audited"]
    assert [(p["run"], p["reason"]) for p in told()
            if p["outcome"] == "failed" and p["tool"] == "pipeline"] == [
        (f"nf/{days_ago(2)}", "permission")]
    cloud.api.before = serve
    assert run_dag(airflow, cloud) == 0
    assert airflow.states("nf_nf") == done(1)
    assert cloud.states() == ["audited", "audited"]
    told()


def test_shares(airflow, told, cloud):
    """A job with shares: fetched once, loaded and audited a share a task, in
    the pool of the loads."""
    cloud.write(load={"shares": 3}, window={"every": "1d",
                                            "since": days_ago(1)})
    assert airflow.run("pools", "set", "nf-load", "2", "loads") == 0
    assert run_dag(airflow, cloud, NF_LOAD_POOL="nf-load") == 0
    found = airflow.states("nf_nf")
    assert set(found) == {"due", ("window.fetch", 0), *(
        (f"window.{verb}_{n}", 0) for verb in ("load", "audit")
        for n in (1, 2, 3))}
    assert {state for state, _ in found.values()} == {"success"}
    assert len(airflow.select(
        "SELECT task_id FROM task_instance WHERE dag_id = 'nf_nf' AND "
        "pool = 'nf-load'")) == 6
    assert cloud.states() == ["audited"]
    assert len(cloud.rows()) == 10 and cloud.rows() == cloud.clean()
    assert {p["part"] for p in told() if p["tool"] == "nf-load"} == {
        "1/3", "2/3", "3/3"}
    airflow.run("pools", "delete", "nf-load")


def test_twin(airflow, told, cloud):
    """While an attempt waits for a page, the API changes and a twin commits
    the run: the next try finds it, and the table is as the run says."""
    codes = []
    cloud.write(window={"every": "1d", "since": days_ago(1)})

    def before(handler, path, query):
        if query.get("page") == "2" and not codes:
            codes.append(None)
            cloud.api.of[days_ago(1)] = [e2e.make_invoice(i)
                                         for i in range(90, 105)]
            codes[0] = cloud.tools.run(
                "pipeline.sh", "fetch", cloud.path, "--window", days_ago(1),
                env=cloud.services).returncode
        return False

    cloud.before(before)
    assert run_dag(airflow, cloud) == 0
    assert codes == [0]
    assert airflow.states("nf_nf") == done(1, tries=2)
    rows = cloud.rows()
    assert len(rows) == 15 and rows == cloud.clean()
    attempts = [(p["attempt"], p["exit"], p["outcome"]) for p in told()
                if p["tool"] == "pipeline"]
    assert attempts[:2] == [(1, 75, "retry"), (2, 0, "ok")]


def test_worker_killed(airflow, told, cloud):
    """The worker dies, its tools go on alone, and the DAG is run again
    beside them."""
    waiting, go_on = threading.Event(), threading.Event()
    cloud.write(window={"every": "1d", "since": days_ago(1)})

    def before(handler, path, query):
        if query.get("page") == "2" and not waiting.is_set():
            waiting.set()
            go_on.wait(120)
        return False

    cloud.before(before)
    place = str(cloud.jobs.folder)
    worker = airflow.start("dags", "test", "nf_nf", next(MOMENTS),
                           **cloud.env())
    try:
        assert waiting.wait(120)
        worker.kill()
        worker.wait()
        assert list(processes_with(place))
        assert run_dag(airflow, cloud) == 0
    finally:
        go_on.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    assert airflow.states("nf_nf") == done(1)
    until("the orphans end", lambda: not list(processes_with(place)))
    rows = cloud.rows()
    assert len(rows) == 10 and rows == cloud.clean()
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
    """A bad record stops the load at once, and the window stays due; with
    rejects it is kept aside, told, and the rest is loaded."""
    window = {"every": "1d", "since": days_ago(1)}
    cloud.write(window=window)
    cloud.api.of[days_ago(1)] = [*(e2e.make_invoice(i) for i in range(9)),
                                 '{"NFeNumber":1}']
    assert run_dag(airflow, cloud) == 1
    assert airflow.states("nf_nf") == {
        "due": ("success", 1), ("window.run", 0): ("failed", 1),
        ("window.audit", 0): ("upstream_failed", 0)}
    assert cloud.states() == ["committed"]
    assert [(p["exit"], p["reason"]) for p in told()
            if p["outcome"] == "failed" and p["tool"] == "pipeline"] \
        == [(65, "bad_data")]
    refused = f"{cloud.bucket.uri}/refused"
    cloud.write(window=window, rejects={"max": "1", "stage": refused})
    asked = len(cloud.api.requests)
    assert run_dag(airflow, cloud) == 0
    assert airflow.states("nf_nf") == done(1)
    assert len(cloud.rows()) == 9 and len(cloud.api.requests) == asked
    kept = [n for n in cloud.bucket.names(
        f"refused/{days_ago(1)}-rejects-") if n.endswith("manifest.json")]
    assert len(kept) == 1
    rejects = [p for p in told() if p["event"] == "reject"]
    assert [(p["tool"], p["rejected"]) for p in rejects] \
        == [("nf-transform", 1)]


@pytest.fixture
def function(tmp_path, cloud, dist):
    """The function, of the same jobs."""
    from test_function import Function, unzip
    found = Function(tmp_path, unzip(dist, tmp_path / "source"),
                     cloud.jobs.folder, cloud.services, "fetch")
    yield found
    found.server.stop()


def test_function_fetches(airflow, told, cloud, function):
    """The chain with the function: it stages, tasks load."""
    url = f"http://127.0.0.1:{function.port}"
    env = {"NF_FETCH": "function", "NF_FUNCTION": url}
    try:
        assert run_dag(airflow, cloud, **env) == 0
        assert airflow.states("nf_nf")["window.fetch", 0] == ("success", 1)
        assert cloud.states() == ["audited", "audited"]
        assert len(cloud.rows()) == 20 and cloud.rows() == cloud.clean()
        # What the function cannot do ends the task as it should.
        serve = cloud.api.before
        cloud.before(lambda h, p, q: h.answer(403, "{}") or True)
        assert run_dag(airflow, cloud, {"windows": days_ago(1),
                                        "again": True}, **env) == 1
        assert airflow.states("nf_nf")["window.fetch", 0] == ("failed", 1)
        cloud.api.before = serve
        assert "permission" in {p["reason"] for p in told()}
    finally:
        airflow.run("pools", "list", NF_FETCH="", NF_FUNCTION="")


@pytest.mark.parametrize("how", ["one task", "shares", "function"])
def test_lookback(airflow, told, cloud, request, how):
    """A new day makes those before it be fetched once more, in whatever order
    their tasks run: what differs is loaded, what does not is noted."""
    if not FULL and (airflow.name, how) not in (("airflow2", "one task"),
                                                ("airflow3", "function")):
        pytest.skip("only with NF_TORTURE=full")
    load = {"load": {"shares": 2}} if how == "shares" else {}
    cloud.write(window=BEFORE, **load)
    env = {"NF_FETCH": "", "NF_FUNCTION": ""}
    if how == "function":
        port = request.getfixturevalue("function").port
        env = {"NF_FETCH": "function",
               "NF_FUNCTION": f"http://127.0.0.1:{port}"}
    try:
        assert run_dag(airflow, cloud, **env) == 0
        assert len(cloud.rows()) == 20
        arrive_late(cloud.api)
        cloud.write(window=AFTER, **load)
        assert run_dag(airflow, cloud, **env) == 0
        assert looked_back(cloud.ledger()) == LOOKED_BACK
        assert cloud.states() == ["audited"] * 3
        assert len(cloud.rows()) == 31
        asked = len(cloud.api.requests)
        assert run_dag(airflow, cloud, **env) == 0
        assert len(cloud.api.requests) == asked
    finally:
        airflow.run("pools", "list", NF_FETCH="", NF_FUNCTION="")
    told()


def test_spark(airflow, told, cloud, tmp_path):
    """A job with Spark is a batch a window, of another name at each try, as
    the job says; its audit is in shares."""
    log = tmp_path / "batches"
    cloud.write(window={"every": "1d", "since": days_ago(1)},
                load={"shares": 2, "spark": {"executors": 5, "hours": 7,
                                             "version": "2.2"}})
    env = {"NF_SPARK_ARTIFACTS": "gs://artifacts", "NF_VERSION": "9",
           "NF_SPARK_JOBS": "gs://artifacts/jobs",
           "NF_SPARK_SHA256": json.dumps({
               "driver.py": "1" * 64, "nf_job.py": "2" * 64,
               "nf-9.bundle": "3" * 64}),
           "NF_FAKE_BATCH_LOG": str(log), "NF_PROJECT": "p", "NF_REGION": "r",
           "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": "google-cloud-platform://"}

    def run(states, conf=None):
        code = run_dag(airflow, cloud, conf, NF_FAKE_BATCH=states, **env)
        found = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return code, airflow.states("nf_nf"), found

    code, states, batches = run("FAILED,SUCCEEDED")
    assert code == 0
    assert states["window.spark", 0] == ("success", 2)
    assert states["window.audit_2", 0] == ("success", 1)
    assert cloud.states() == ["audited"]
    names = [b["id"] for b in batches]
    assert len(set(names)) == 2
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", n)
               for n in names)
    assert batches[0]["runtime_config"]["version"] == "2.2"
    sent = batches[0]["pyspark_batch"]
    given = driver.options(sent["args"])
    assert given.sums == {"driver.py": "1" * 64, "nf_job.py": "2" * 64}
    assert sent["file_uris"] == [
        "gs://artifacts/spark/nf-9.bundle", "gs://artifacts/jobs/nf.job.json",
        "gs://artifacts/jobs/nf.source.json",
        f"gs://artifacts/jobs/{WIDE.name}"]
    properties = batches[0]["runtime_config"]["properties"]
    assert properties["spark.executorEnv.NF_BUNDLE_SHA256"] == "3" * 64
    assert properties["spark.dynamicAllocation.maxExecutors"] == "5"
    assert batches[0]["environment_config"]["execution_config"]["ttl"] \
        == "25200s"
    assert (given.job, given.window, given.shares, given.app_profile) == (
        "nf", days_ago(1), 2, "nf-batch")
    assert len(cloud.rows()) == 10
    code, states, batches = run("FAILED,CANCELLED", {
        "windows": days_ago(1), "again": True})
    assert code == 1
    assert states["window.spark", 0] == ("failed", 2)
    assert batches[0]["pyspark_batch"]["args"][3] \
        == f"{days_ago(1)} --revision 2"
    assert states["window.audit_1", 0] == ("upstream_failed", 0)
    told()


BROKEN = {
    "no target": {"target": None},
    "no mapping": {"mapping": None},
    "unknown zone": {"window": {"every": "1d", "since": "2026-01-01",
                                "zone": "America/SaoPaulo"}},
    "cron of a day that does not exist": {"schedule": "0 3 * * mon-"},
    "cron in words": {"schedule": "every day"},
    "misspelt member": {"late_afer": "1d"},
    "another's name": {"name": "other"},
    "limit in words": {"rejects": {"max": "a few"}},
    "shares of none": {"load": {"shares": 0}},
    "version in words": {"load": {"spark": {"version": "new"}}},
}


def listed(airflow):
    """Ids and tags of the DAGs that that Airflow finds, what they say of
    themselves, and what it cannot import."""
    code = ("import json, nf_dag; print(json.dumps({d.dag_id: [sorted(d.tags),"
            " d.doc_md] for d in vars(nf_dag).values() if isinstance(d, "
            "nf_dag.DAG)}))")

    def ask(**env):
        done = subprocess.run(
            [airflow.python, "-c", code], cwd=airflow.home / "dags",
            env={**airflow.env, **env}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(done.stdout.splitlines()[-1])
        return ({k: v[0] for k, v in found.items()},
                {k: v[1] for k, v in found.items()}, done.stderr)
    return ask


def test_broken_job(airflow, tmp_path):
    """A broken job breaks its own DAG, which says why, and no other."""
    ask = listed(airflow)
    jobs = Jobs(tmp_path / "jobs")
    where = ("http://127.0.0.1:1/", f"file://{tmp_path}/s", "sqlite:t.db")
    jobs.write("a", *where, schedule="0 3 * * *")
    jobs.write("z", *where)
    for i, change in enumerate(BROKEN.values()):
        jobs.write(f"b{i}", *where, **change)
    jobs.broken("b-empty", "")
    jobs.broken("b-list", "[]")
    for name in ("A", "a ", "z!", "z?", "\u00e7"):
        jobs.broken(name, "{}")
    found, docs, said = ask(**jobs.env)
    assert found.pop("nf_a") == found.pop("nf_z") == ["nf-tools"]
    for start in ("nf_a-", "nf_a_-", "nf_z_-", "nf_z_-", "nf_unnamed-"):
        # Names that no id has: each is a DAG of its own.
        name = next(n for n in found if n.startswith(start))
        assert "not the name of one" in docs[name]
        assert found.pop(name) == ["nf-broken", "nf-tools"]
    assert set(found) == {*(f"nf_b{i}" for i in range(len(BROKEN))),
                          "nf_b-empty", "nf_b-list"}
    assert [n for n, t in found.items()
            if t != ["nf-broken", "nf-tools"]] == []
    for i in range(len(BROKEN)):
        assert f"nf_dag: b{i}: " in said
    assert "late_afer" in docs["nf_b5"]
    assert "`1d of UTC" in docs["nf_a"] and "`0 3 * * *`" in docs["nf_a"]
    for name, value in (("NF_RETRIES", "many"), ("NF_MAX_WINDOWS", "0"),
                        ("NF_RETRY_DELAY", "-1")):
        found, _, said = ask(**jobs.env, **{name: value})
        assert found["nf_a"] == ["nf-broken", "nf-tools"], name
        assert name in said
    assert ask()[0] == {}


def test_broken_job_fails(airflow, told, cloud):
    """The DAG of a broken job ends as wrong settings do."""
    cloud.write(window={"every": "1d", "since": "2026-01-01",
                        "zone": "Brazil/Nowhere"})
    assert run_dag(airflow, cloud) == 1
    assert airflow.states("nf_nf") == {"config": ("failed", 1)}
    (said,) = told()
    assert (said["source"], said["outcome"], said["reason"]) == (
        "nf", "failed", "config")
    assert "zone" in said["message"]


@pytest.mark.parametrize("status, reason, tries", [
    (403, "permission", 1), (404, "config", 1), (503, "temporary", 9)])
def test_secret_refused(airflow, told, cloud, google, status, reason, tries):
    """A secret that the account may not read, or that is not there, is tried
    once, and named."""
    google.refuse = {"/v1/projects/p/secrets/": [status]}
    cloud.write(window={"every": "1d", "since": days_ago(1)}, source={
        "auth": {"type": "bearer", "token": "env:NF_SECRET_NF_TOKEN"}})
    assert run_dag(airflow, cloud, **google.env) == 1
    assert airflow.states("nf_nf")["window.run", 0] == ("failed", tries)
    said = told()
    assert {p["reason"] for p in said} == {reason}
    assert said[-1]["outcome"] == "failed"
    assert "the secret nf-token" in said[-1]["message"]


def test_secret_is_sent(airflow, told, cloud, google):
    """What the source takes from a variable is what the secret is now."""
    seen = set()

    def before(handler, path, query):
        seen.add(handler.headers["Authorization"])
        return False

    cloud.before(before)
    cloud.write(window={"every": "1d", "since": days_ago(1)}, source={
        "auth": {"type": "bearer", "token": "env:NF_SECRET_NF_TOKEN"}})
    assert run_dag(airflow, cloud, **google.env) == 0
    assert seen == {f"Bearer {google.secret}"}
    told()


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
        NF_EXAMPLE=json.dumps({
            "url": server.url, "staging": f"file://{tmp_path}/staging",
            "mapping": str(WIDE), "target": table})) == 0
    assert airflow.states("nf_example") == {"invoices": ("success", 1)}
    assert airflow.xcom("nf_example", "invoices")["state"] == "loaded"
    assert len(tools.scan(table, env={})) == 30
    assert (tmp_path / "staging/example-20260125/_nf/manifest.json").exists()


def test_watch(airflow, told, cloud):
    """The hourly look at the ledger: a window that is late is seen though
    nothing runs at all, and told in the worker's trace."""
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    def check(**env):
        assert airflow.run("dags", "test", "nf_watch", next(MOMENTS),
                           **cloud.env(**env)) == 0
        (said,) = told()
        assert (said["event"], said["source"]) == ("freshness", "nf")
        return (said["outcome"], said["windows_due"], said["windows_late"],
                airflow.xcom("nf_watch", "check"))

    cloud.write(late_after="20d")
    assert check() == ("ok", 2, 0, 0)
    cloud.write()
    assert check(TRACEPARENT=f"00-{trace}-{span}-01")[0] == "late"
    entry = airflow.entries[-1]
    assert entry["severity"] == "WARNING"
    assert (entry["trace"], entry["spanId"]) == (trace, span)
    # The newest is loaded: the gap before it is as late as it was.
    cloud.tools.run("pipeline.sh", "run", cloud.path, "--window", days_ago(1),
                    env=cloud.services, check=0)
    assert check(TRACEPARENT="") == ("late", 1, 1, 1)
    cloud.tools.run("pipeline.sh", "run", cloud.path, "--due",
                    env=cloud.services, check=0)
    assert check() == ("ok", 0, 0, 0)

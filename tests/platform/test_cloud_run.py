# SPDX-License-Identifier: Apache-2.0
"""What a Cloud Run job runs: everything that is due of a job, and as several
tasks a share each."""

import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import zoneinfo

import jsonschema
import pytest

from deployed_jobs import (AFTER, BEFORE, LOOKED_BACK, WIDE, Jobs,
                           arrive_late, by_day, days_ago, ledger,
                           looked_back)
from platforms import (BUILD, COMMON, DEPLOY, ROOT, check_recorded,
                       entries, record)

SCHEMA = json.loads((COMMON / "nf-run.schema.json").read_text())
RUNNER = DEPLOY / "run" / "nf_cloud_run.py"


@pytest.fixture(scope="module")
def told():
    """Entries of nf-run."""
    found = []
    yield found
    record("run", found)


class Job:
    """A job of the last two days, and tasks of Cloud Run that work on it."""

    def __init__(self, folder, api, bigtable, fake_gcs, tools):
        self.folder, self.tools, self.table = folder, tools, bigtable
        self.api = by_day(api([], per_page=5))
        self.services = {**bigtable.env, **fake_gcs.env}
        tools.run("nf-load", "create", "-m", WIDE, bigtable.uri,
                  env=bigtable.env, check=0)
        self.bucket = fake_gcs
        self.jobs = Jobs(folder / "jobs")
        self.report = folder / "nf-run"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
            (self.bin / tool).symlink_to(BUILD / tool)
        (self.bin / "nf-pipeline").symlink_to(ROOT / "pipeline.sh")
        self.write()

    def write(self, **change):
        self.path = self.jobs.write("nf", self.api.url, self.bucket.uri,
                                    self.table.uri, **change)

    def local(self, **change):
        """Staged and loaded on this machine, which is quick."""
        self.services = {}
        self.target = f"sqlite:{self.folder}/t.db"
        self.tools.run("nf-load", "create", "-m", WIDE, self.target, check=0)
        self.path = self.jobs.write(
            "nf", self.api.url, f"file://{self.folder}/staged", self.target,
            **change)

    def start(self, *args, **env):
        return subprocess.Popen(
            [sys.executable, RUNNER, *(args or ["nf"])], env={
                "PATH": os.environ["PATH"], "HOME": str(self.folder),
                "PYTHONPATH": str(COMMON), "TMPDIR": str(self.folder),
                "PYTHONDONTWRITEBYTECODE": "1", "NF_BIN": str(self.bin),
                "NF_REPORT": f"file:{self.report}", "NF_RETRY_DELAY": "0.2",
                "NF_POLL": "0.2",
                **({"NF_APP_PROFILE": "nf-batch"} if self.services else {}),
                **self.jobs.env, **self.services, **env},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def run_tasks(self, count):
        """All tasks of an execution, side by side, the first one last."""
        started = [self.start(CLOUD_RUN_TASK_INDEX=str(i),
                              CLOUD_RUN_TASK_COUNT=str(count))
                   for i in reversed(range(count))]
        for process in started:
            _, said = process.communicate(timeout=300)
            assert process.returncode == 0, said

    def run(self, *args, **env):
        process = self.start(*args, **env)
        _, self.said = process.communicate(timeout=300)
        return process.returncode

    def states(self):
        return [d["state"] for d in
                ledger(self.tools, self.path, self.services).values()]

    def attempts(self):
        return [(p["run"], p["part"], p["attempt"], p["outcome"], p["reason"])
                for p in (e["jsonPayload"] for e in entries(self.report))
                if p["tool"] == "pipeline"]


@pytest.fixture
def job(tmp_path, api, bigtable, fake_gcs, tools, told):
    found = Job(tmp_path, api, bigtable, fake_gcs, tools)
    yield found
    check_recorded("run", entries(found.report))
    for entry in entries(found.report):
        jsonschema.validate(entry["jsonPayload"], SCHEMA)
        told.append(entry)


def test_what_is_due(job):
    """Fetched, loaded, audited; the same again has nothing to do."""
    assert job.run() == 0, job.said
    assert job.states() == ["audited", "audited"]
    assert len(job.table.rows("invoices")) == 20
    first, second = days_ago(2), days_ago(1)
    assert job.attempts() == [
        (f"nf/{d}", None, 1, "ok", "") for d in (first, first, second, second)]
    asked = len(job.api.requests)
    assert job.run() == 0
    assert len(job.api.requests) == asked


def test_outage(job):
    """What fails for now is tried again, and the other window meanwhile; what
    fails for good is not, and is the exit code."""
    serve, left = job.api.before, [404, 404]

    def before(handler, path, query):
        if query.get("from") == days_ago(2) and left:
            handler.answer(left.pop(), "{}")
            return True
        return serve(handler, path, query)

    job.api.before = before
    assert job.run() == 0, job.said
    assert job.states() == ["audited", "audited"]
    tries = [a for a in job.attempts() if a[0] == f"nf/{days_ago(2)}"]
    assert [a[2:4] for a in tries] == [(1, "retry"), (2, "retry"),
                                       (3, "ok"), (3, "ok")]
    # The other one did not wait for it.
    assert job.attempts()[1][0] == f"nf/{days_ago(1)}"
    job.write(window={"every": "1d", "since": days_ago(3)})
    job.api.before = lambda h, p, q: h.answer(403, "{}") or True
    assert job.run() == 77
    assert job.attempts()[-1][2:] == (1, "failed", "permission")
    # When the tries are used up, somebody is notified.
    job.api.before = lambda h, p, q: h.answer(404, "{}") or True
    assert job.run(NF_RETRIES="2") == 69
    assert [a[2:] for a in job.attempts()[-3:]] == [
        (1, "retry", "refused"), (2, "retry", "refused"),
        (3, "failed", "refused")]


@pytest.mark.parametrize("count", [2, 5])
def test_tasks_are_shares(job, count):
    """Tasks side by side: the first fetches, each loads and audits its share
    of every window, however late it starts."""
    job.write(load={"shares": count})
    job.run_tasks(count)
    assert job.states() == ["audited", "audited"]
    assert len(job.table.rows("invoices")) == 20
    assert {a[1] for a in job.attempts()} == {
        f"{n}/{count}" for n in range(1, count + 1)}
    assert {a[3] for a in job.attempts()} == {"ok"}


def test_the_first_task_does_not_fetch(job):
    """The others give up, in time."""
    assert job.run(CLOUD_RUN_TASK_INDEX="1", CLOUD_RUN_TASK_COUNT="2",
                   NF_PATIENCE="1") == 75
    assert job.states() == ["missing", "missing"]


def test_term(job):
    """Cloud Run ends the task: the next one goes on."""
    begun, go_on = threading.Event(), threading.Event()
    serve = job.api.before

    def before(handler, path, query):
        if query.get("page") == "2" and not go_on.is_set():
            begun.set()
            go_on.wait(60)
        return serve(handler, path, query)

    job.api.before = before
    process = job.start()
    assert begun.wait(60)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    go_on.set()
    assert job.run() == 0
    assert job.states() == ["audited", "audited"]
    assert len(job.table.rows("invoices")) == 20


def test_twins(job):
    """Two executions at once: the API is asked twice, and that is all."""
    both = [job.start() for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    assert job.states() == ["audited", "audited"]
    assert len(job.table.rows("invoices")) == 20


# Whatever the schedule is: what is asked for is what no run has, in order.
SCHEDULES = {
    "weekly look, days": ("0 6 * * 1", "1d", days_ago(7)),
    "hourly look, days": ("0 * * * *", "1d", days_ago(4)),
    "daily look, hours": ("0 3 * * *", "6h", days_ago(2) + "T0000"),
    "no schedule at all": (None, "1d", days_ago(4)),
}


@pytest.mark.parametrize("what", SCHEDULES)
def test_the_schedule_says_only_when(job, what):
    """Two looks, one after the other: every window since the first is there,
    each asked for once, none left out."""
    schedule, every, since = SCHEDULES[what]
    zone = "America/Sao_Paulo"
    job.local(schedule=schedule, window={"every": every, "since": since,
                                         "zone": zone})
    assert job.run(NF_MAX_WINDOWS="2") == 0, job.said
    assert job.run(NF_MAX_WINDOWS="100") == 0, job.said
    found = ledger(job.tools, job.path, job.services)
    assert {d["state"] for d in found.values()} == {"audited"}
    ends = [(d["from"], d["until"]) for d in found.values()]
    assert all(a[1] == b[0] for a, b in zip(ends, ends[1:]))
    asked = list(dict.fromkeys(job.api.days))
    if every == "1d":
        assert asked == [(w, w) for w in found]
    else:  # the last instant, and where it ends
        assert [a for a, _ in asked] == [d["from"] for d in found.values()]
    assert len(found) >= 3


@pytest.mark.parametrize("zone", [
    "America/Sao_Paulo", "America/Rio_Branco", "America/Noronha",
    "Pacific/Auckland"])
def test_days_are_those_of_the_zone(job, zone):
    """{from} and {to} are days of the job's zone, at whatever hour it is
    looked."""
    job.local(window={"every": "1d", "since": days_ago(3), "zone": zone})
    assert job.run() == 0, job.said
    clock = zoneinfo.ZoneInfo(zone)
    for window, day in ledger(job.tools, job.path, job.services).items():
        start, end = (datetime.datetime.fromisoformat(day[m])
                      for m in ("from", "until"))
        assert str(start.astimezone(clock).date()) == window
        assert start.astimezone(clock).hour == 0
        assert (window, window) in job.api.days
        assert end - start in [datetime.timedelta(hours=h)
                               for h in (23, 24, 25)]


@pytest.mark.parametrize("count", [1, 3])
def test_lookback(job, count):
    """A new day makes those before it be fetched once more, also where tasks
    are shares: what differs is loaded, what does not is noted."""
    load = {"load": {"shares": count}}
    job.local(window=BEFORE, **load)
    job.run_tasks(count)
    arrive_late(job.api)
    job.local(window=AFTER, **load)
    job.run_tasks(count)
    assert looked_back(ledger(job.tools, job.path, {})) == LOOKED_BACK
    assert job.states() == ["audited"] * 3
    assert len(job.tools.scan(job.target, env={})) == 31
    asked = len(job.api.requests)
    job.run_tasks(count)
    assert len(job.api.requests) == asked


@pytest.mark.parametrize("how", ["empty is not final", "again", "reload"])
def test_late_data(job, how):
    """A window that was empty, or short, when it was fetched."""
    change = {"empty": "retry", "late_after": "20d"} \
        if how == "empty is not final" else {}
    job.local(window={"every": "1d", "since": days_ago(1)}, **change)
    serve = job.api.before
    job.api.before = lambda h, p, q: h.answer(200, "[]") or True
    assert job.run() == 0, job.said
    job.api.before = serve
    by = {"empty is not final": [], "again": ["--again"],
          "reload": ["--reload"]}[how]
    if by:
        job.tools.run("pipeline.sh", "run", job.path, "--window",
                      days_ago(1), *by, env=job.services, check=0)
    else:
        assert job.run() == 0, job.said
    rows = job.tools.run("nf-load", "scan", "-t", "invoices", "--keys-only",
                         job.target, check=0).stdout.split()
    # To load once more what was fetched fetches nothing.
    assert len(rows) == (0 if how == "reload" else 10)


@pytest.mark.parametrize("share", ["1/2", "2/2", "1/3"])
def test_a_part_of_a_load_is_no_load(job, share):
    """Nor is a load that was skipped: the window stays due."""
    job.local(window={"every": "1d", "since": days_ago(1)})
    w = ("--window", days_ago(1))
    job.tools.run("pipeline.sh", "fetch", job.path, *w, check=0)
    job.tools.run("pipeline.sh", "load", job.path, *w, "--part", share,
                  check=0)
    assert ledger(job.tools, job.path, {})[days_ago(1)]["due"] is True
    job.tools.run("pipeline.sh", "diff", job.path, *w, "--part", "2/3")
    assert job.states() == ["committed"]
    assert job.run() == 0, job.said
    assert job.states() == ["audited"]


def test_a_secret_that_is_not_there(job):
    """The variable is named, and nothing is asked for without it."""
    job.local(source={"auth": {"type": "bearer",
                               "token": "env:NF_SECRET_NF_TOKEN"}})
    assert job.run() == 78
    assert job.api.requests == []
    assert {a[3:] for a in job.attempts()} == {("failed", "config")}
    assert any("NF_SECRET_NF_TOKEN" in (e["jsonPayload"].get("error") or "")
               for e in entries(job.report))
    assert job.run(NF_SECRET_NF_TOKEN="t0ken") == 0
    assert job.states() == ["audited", "audited"]


@pytest.mark.parametrize("change", ["broken", "gone", "another target"])
def test_a_job_that_changes_meanwhile(job, change):
    """While its first window is fetched: that window is whole or due, and
    what is right again is taken by the next execution."""
    job.local()
    serve, right = job.api.before, job.path.read_text()
    changed = {"broken": "{", "gone": None, "another target": right.replace(
        "/t.db", "/other.db")}[change]

    def before(handler, path, query):
        if query.get("page") == "2" and not done:
            done.append(True)
            if changed is None:
                job.path.unlink()
            else:
                job.path.write_text(changed)
        return serve(handler, path, query)

    done = []
    job.api.before = before
    code = job.run()
    assert done and code in (64, 65, 78), (code, job.said)
    assert "failed" in {a[3] for a in job.attempts()}
    job.path.write_text(right)
    assert job.run() == 0, job.said
    # What was loaded when the job file changed is not due any more.
    assert job.states() == ["loaded", "audited"]
    assert len(job.tools.scan(job.target, env={})) == 20


@pytest.mark.parametrize("args, env, code", [
    ([], {}, 64), (["a", "b"], {}, 64), (["../nf"], {}, 64),
    (["none"], {}, 78), (["nf"], {"NF_RETRIES": "many"}, 78),
    (["nf"], {"NF_JOBS": ""}, 78), (["bad"], {}, 78)])
def test_wrong(job, args, env, code):
    job.jobs.broken("bad", "{}")
    process = subprocess.run(
        [sys.executable, RUNNER, *args], capture_output=True, text=True,
        env={"PYTHONPATH": str(COMMON), "NF_BIN": str(job.bin),
             "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
             **job.jobs.env, **env})
    assert process.returncode == code, process.stderr
    assert process.stderr

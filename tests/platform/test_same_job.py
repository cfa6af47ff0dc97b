# SPDX-License-Identifier: Apache-2.0
"""One job file on every platform: the same runs, the same rows, read back
with Google's client; each with an outage, a kill, a twin of its own kind, and
a shell beside it."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import threading

import pytest

from airflows import Airflow
from deployed_jobs import WIDE, Jobs, by_day, days_ago, ledger
from platforms import FULL, e2e
from sparks import Spark
from test_function import Function
from test_function import source as function_source
from test_image import Container, image, layout, root

__all__ = ["function_source", "image", "layout", "root"]

FAULTS = ("nothing", "outage", "kill", "twin", "shell beside")
RUNNER = "/opt/nf/share/nf-tools/run/nf_cloud_run.py"


class Feed:
    """A job of two days, its API, a bucket and tables of its own."""

    def __init__(self, folder, api, bigtable, bucket, tools):
        self.folder, self.tools, self.table = folder, tools, bigtable
        tools.run("nf-load", "create", "-m", WIDE, bigtable.uri,
                  env=bigtable.env, check=0)
        self.env = {**bigtable.env, **bucket.env}
        self.api = by_day(api([], per_page=4))
        self.jobs = Jobs(folder / "jobs")
        (self.jobs.folder / WIDE.name).write_bytes(WIDE.read_bytes())
        self.path = self.jobs.write(
            "nf", self.api.url, bucket.uri, bigtable.uri, mapping=WIDE.name)
        self.bucket = bucket
        blobs = bucket.client().bucket(bucket.bucket)
        for path in self.jobs.folder.iterdir():
            blobs.blob(f"jobs/{path.name}").upload_from_filename(path)
        self.env_of_bucket = {**self.env, "NF_JOBS": f"{bucket.uri}/jobs"}

    def windows(self):
        return ledger(self.tools, self.path, self.env)

    def done(self):
        return {d["state"] for d in self.windows().values()} == {"audited"}

    def audit(self):
        """What the ways without one of their own do next."""
        for window, day in self.windows().items():
            if day["state"] == "loaded":
                self.tools.run("pipeline.sh", "diff", self.path, "--window",
                               window, env=self.env, check=0)

    def result(self):
        """Names of the runs, their records, and cells without times."""
        return ({(w, d["run"].rpartition("/nf/")[2], d["revision"],
                  d["records"], d["proof"])
                 for w, d in self.windows().items()},
                {row: {c: [v for v, _ in values]
                       for c, values in cells.items()}
                 for row, cells in self.table.rows("invoices").items()})


# What the API answers in its outage, by page: to the first one what ends the
# attempt (69), to the second what nf-fetch itself asks again for.
OUTAGE = {"1": 404, "2": 503}


def fault(feed, what):
    """Let it happen while the first day is asked for."""
    serve = feed.api.before
    left = dict(OUTAGE) if what == "outage" else {"2": None}

    def before(handler, path, query):
        page = query.get("page", "1")
        if query.get("from") == days_ago(2) and page in left \
                and what in ("outage", "kill"):
            status = left.pop(page)
            if status:
                handler.answer(status, "{}")
                return True
            for pid in fetches(feed):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return serve(handler, path, query)

    feed.api.before = before
    return left


def meet(feed):
    """Let two that take the first day wait for each other at its first page;
    whether they did."""
    serve, both, met = feed.api.before, threading.Barrier(2), []

    def before(handler, path, query):
        if query.get("from") == days_ago(2) and not met \
                and query.get("page", "1") == "1":
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(120)
                met.append(True)
        return serve(handler, path, query)

    feed.api.before = before
    return met


def fetches(feed):
    """Processes of nf-fetch that work on the job, in containers too."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if any(w.endswith(b"/nf-fetch") for w in words[:4]) and any(
                    b"nf.source.json" in w for w in words):
                yield int(path.parent.name)


class Ways:
    """attempt() takes what is due, on one platform."""

    def __init__(self, feed, request):
        self.feed, self.request = feed, request

    def shell(self):
        """From a shell or cron."""
        self.feed.tools.run("pipeline.sh", "run", self.feed.path, "--due",
                            env=self.feed.env)
        self.feed.audit()

    def image(self):
        """As Cloud Run starts it."""
        box = Container(self.request.getfixturevalue("root"),
                        self.request.getfixturevalue("image"),
                        {**self.feed.env_of_bucket, "NF_RETRY_DELAY": "1",
                         "NF_APP_PROFILE": "nf-batch"})
        code, _, err = box.run(RUNNER, "nf", entry="python3")
        assert code in (0, 75, 69, 137), err[-2000:]

    def function_and_spark(self):
        """The function stages; Spark loads."""
        feed = self.feed
        folder = feed.folder / f"function-{threading.get_ident()}"
        folder.mkdir(exist_ok=True)
        function = Function(
            folder, self.request.getfixturevalue("function_source"),
            feed.env_of_bucket["NF_JOBS"], feed.env, "fetch")
        try:
            function.post({"job": "nf"})
        finally:
            function.server.stop()
        archive = self.request.getfixturevalue("archive")
        for window, day in feed.windows().items():
            if day["state"] != "committed":
                continue
            spark_folder = feed.folder / f"{window}-{threading.get_ident()}"
            spark_folder.mkdir(exist_ok=True)
            Spark(spark_folder, archive).submit(
                "--job", "nf", "--window", window, "--shares", "2",
                jobs=sorted(feed.jobs.folder.iterdir()), env=feed.env)
        feed.audit()

    def dag(self, name):
        # Another attempt has an Airflow of its own.
        airflow = Airflow(
            name, self.feed.folder / f"home-{os.urandom(4).hex()}")
        try:
            airflow.run("dags", "test", "nf_nf", "2026-01-01T00:00:00+00:00",
                        **self.feed.env, **self.feed.jobs.env)
        finally:
            airflow.stop()

    def airflow2(self):
        self.dag("airflow2")

    def airflow31(self):
        self.dag("airflow31")

    def airflow3(self):
        self.dag("airflow3")


WAYS = ("shell", "image", "function_and_spark", "airflow2", "airflow31",
        "airflow3")
# The fixtures that they take when they run.
USES = {"image": ("root", "image"),
        "function_and_spark": ("function_source", "archive")}
# What a short run takes of them: the others have tests of their own.
SHORT = {("shell", "nothing"), ("shell", "kill"), ("airflow2", "nothing")}
want = {}


@pytest.mark.parametrize("way, what", [
    (way, what) for way in WAYS for what in FAULTS
    if (way, what) != ("shell", "shell beside")])
def test_same_runs_same_rows(tmp_path, api, bigtable, fake_gcs, tools,
                             request, way, what):
    if not FULL and (way, what) not in SHORT:
        pytest.skip("only with NF_TORTURE=full")
    feed = Feed(tmp_path, api, bigtable, fake_gcs, tools)
    left = fault(feed, what)
    take = getattr(Ways(feed, request), way)
    if what in ("twin", "shell beside"):
        for name in USES.get(way, ()):  # not of two threads at once
            request.getfixturevalue(name)
        met = meet(feed)
        other = take if what == "twin" else Ways(feed, request).shell
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for end in [pool.submit(take), pool.submit(other)]:
                end.result()
        assert met
    for _ in range(4):
        if feed.done():
            break
        take()
    assert feed.done(), feed.windows()
    assert not left or what not in ("outage", "kill")
    runs, rows = feed.result()
    assert len(rows) == 20
    assert {r[:3] for r in runs} == {(d, d, 1) for d in (days_ago(2),
                                                         days_ago(1))}
    # The same as a shell that nothing happened to, whichever platform did it.
    if "plain" not in want:
        other = e2e.Bigtable(bigtable.host)
        plain_folder = tmp_path / "plain"
        plain_folder.mkdir()
        plain = Feed(plain_folder, api, other,
                     e2e.Storage(fake_gcs.url, fake_gcs.emulator), tools)
        Ways(plain, request).shell()
        want["plain"] = plain.result()
    assert (runs, rows) == want["plain"]

# SPDX-License-Identifier: Apache-2.0
"""The driver on a real Spark: a local cluster of two executors, the bundle
as an archive, a run in a bucket, rows in Google's emulator."""

import collections
import json
import re

import jsonschema
import pytest

from deployed_jobs import Jobs, ledger
from platforms import (COMMON, FULL, ROOT, check_recorded, e2e, entries,
                       record)
from sparks import COMMON_PY, DRIVER, Spark, wrappers

WIDE = ROOT / "mappings" / "nf-wide.json"

# Each happens once: a tool is killed, a worker is killed, a tool says to
# come back, and an executor dies after all rows of its share were written but
# nothing was reported.
FAULTS = """
case $tool,$share in
nf-stage,2) once tool && kill -9 $$ ;;
nf-stage,3) once worker && kill -9 "$(above "python*")" && exit 75 ;;
nf-stage,4) once temporary && exit 75 ;;
nf-load,*)
	nf "$@"
	code=$?
	[ "$share" = 5 ] && once executor && kill -9 "$(above java)"
	exit "$code"
	;;
esac
"""


@pytest.fixture(scope="session")
def told():
    """Entries of nf-run."""
    found = []
    yield found
    record("spark", found)


@pytest.fixture
def spark(archive, unpacked, tmp_path, told):
    found = Spark(tmp_path, archive)
    found.tools = {"NF_TEST_TOOLS": str(unpacked / "bin")}
    yield found
    told += entries(found.report)


DAY = "2026-01-30"


class Load:
    """A window of a job that is committed in a bucket, and empty tables for
    it."""

    def __init__(self, folder, tools, bucket, bigtable_server, records,
                 per_part, **change):
        self.tools = tools
        self.target = e2e.Bigtable(bigtable_server)
        self.clean = e2e.Bigtable(bigtable_server)
        self.env = {**bucket.env, **self.target.env}
        for target in (self.target, self.clean):
            tools.run("nf-load", "create", "-m", WIDE, target.uri,
                      env=self.env, check=0)
        self.jobs = Jobs(folder / "jobs")
        self.path = self.jobs.write(
            "nf", "http://127.0.0.1:1/", bucket.uri, self.target.uri,
            window={"every": "1d", "since": DAY}, mapping=WIDE.name, **change)
        (self.jobs.folder / WIDE.name).write_bytes(WIDE.read_bytes())
        self.stage = f"{bucket.uri}/nf/{DAY}"
        tools.run("nf-stage", "put", "--unsealed", "--emit=none",
                  "--part-records", per_part, self.stage, env=self.env,
                  input="".join(r + "\n" for r in records), check=0)

    def args(self, shares):
        return ("--job", "nf", "--window", DAY, "--shares", shares)

    @property
    def files(self):
        return sorted(self.jobs.folder.iterdir())

    def state(self):
        return ledger(self.tools, self.path, self.env)[DAY]["state"]

    def same_as_one_pipe(self, *more):
        """Cell for cell as pipeline.sh loads the run, says Google's
        client."""
        self.tools.run("pipeline.sh", "load", "--stage", self.stage, "-m",
                       WIDE, "--to", self.clean.uri, *more, env=self.env,
                       check=0)
        loaded = self.target.rows("invoices")
        assert loaded == self.clean.rows("invoices")
        return len(loaded)


@pytest.fixture
def load(tools, fake_gcs, bigtable_server, tmp_path):
    def make(records, per_part=10, **change):
        return Load(tmp_path, tools, fake_gcs, bigtable_server, records,
                    per_part, **change)
    return make


def attempts(spark):
    """Of every attempt: share, number, outcome, reason."""
    return sorted((p["part"] or "", p["attempt"], p["outcome"], p["reason"])
                  for p in (e["jsonPayload"] for e in entries(spark.report))
                  if p["tool"] == "pipeline")


def check_entries(spark):
    """What was reported keeps the contract."""
    schema = jsonschema.Draft202012Validator(json.loads(
        (COMMON / "nf-run.schema.json").read_text()))
    found = entries(spark.report)
    for entry in found:
        schema.validate(entry["jsonPayload"])
    check_recorded("spark", found)


def test_faults(spark, load, sample, tmp_path):
    """Whatever dies, the table is as one clean run leaves it, and so are
    the rejects."""
    refused = f"file://{tmp_path}/refused"
    job = load([*(s.replace("\n", " ") for s in sample),
                *(e2e.make_invoice(1000 + i) for i in range(42)),
                '{"NFeNumber":1}',
                *(e2e.make_invoice(2000 + i) for i in range(17))],
               rejects={"max": "1", "stage": refused})
    bin_dir = wrappers(tmp_path / "bin", FAULTS)
    code, said = spark.submit(
        *job.args(7), "--app-profile", "nf-batch", jobs=job.files,
        env={**job.env, "NF_BIN": str(bin_dir), **spark.tools})
    assert code == 0, said
    assert said == {"tool": "nf-spark", "exit": 0, "run": f"nf/{DAY}",
                    "shares": 7, "failed": 0, "records": 63, "expected": 63,
                    "rejected": 1, "rows": 62}
    (kept,) = (tmp_path / "refused").iterdir()
    assert re.fullmatch(DAY + "-rejects-[0-9a-f]{16}-[1-7]-of-7", kept.name)
    bad = job.tools.run("nf-stage", "cat", "--no-seal", f"{refused}/"
                        f"{kept.name}", check=0).stdout.splitlines()
    assert [json.loads(b)["record"] for b in bad] == ['{"NFeNumber":1}']
    assert job.state() == "loaded"
    assert job.same_as_one_pipe("--reject", tmp_path / "bad") == 62
    # Each fault has struck, and each cost one try of one task.
    assert {p.name for p in (bin_dir / "state").iterdir()} == {
        "tool", "worker", "temporary", "executor"}
    ends = collections.Counter(reason for _, reason in spark.tasks())
    assert ends.pop("Success") == 8  # the manifest's and seven shares
    assert ends.pop("ExecutorLostFailure") == 1
    assert ends.pop("ExceptionFailure") == 3 and not ends
    assert len({executor for executor, _ in spark.tasks()}) >= 2
    told = attempts(spark)
    assert ("2/7", 1, "retry", "signal") in told
    assert ("4/7", 1, "retry", "temporary") in told
    assert {part for part, _, outcome, _ in told if outcome == "ok"} == {
        f"{n}/7" for n in range(1, 8)}
    check_entries(spark)


def test_permanent(spark, load):
    """Bad data is not tried again: the driver ends with its code."""
    job = load([e2e.make_invoice(1), '{"NFeNumber":2}',
                e2e.make_invoice(3)], per_part=1)
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    code, said = spark.submit(*job.args(3), jobs=job.files, env={
        **job.env, "TRACEPARENT": f"00-{trace}-{span}-01"})
    assert (code, said["exit"], said["failed"]) == (65, 65, 1)
    assert {(e["trace"], e["spanId"]) for e in entries(spark.report)} \
        == {(trace, span)}
    # The others have ended, or were cancelled.
    assert ("2/3", 1, "failed", "bad_data") in attempts(spark)
    assert {a[2] for a in attempts(spark)} <= {"ok", "failed"}
    assert {reason for _, reason in spark.tasks()} <= {"Success",
                                                       "TaskKilled"}
    assert len(job.target.rows("invoices")) <= 2
    assert job.state() == "committed"
    check_entries(spark)


# Each share but the broken one waits for an hour.
SLOW = "[ $tool$share != nf-stage2 ] || exit 65\n" \
    "[ $tool != nf-stage ] || [ ! $share ] || exec sleep 3600"


def test_cancelled(spark, load, tmp_path):
    """A permanent failure ends the shares that still run."""
    job = load([e2e.make_invoice(i) for i in range(6)], 1)
    bin_dir = wrappers(tmp_path / "bin", SLOW)
    code, said = spark.submit(*job.args(6), jobs=job.files, env={
        **job.env, "NF_BIN": str(bin_dir), **spark.tools})
    assert (code, said["exit"], said["failed"]) == (65, 65, 1)
    assert said["cancelled"] == 5
    assert job.target.rows("invoices") == {}
    check_entries(spark)


def other(path, folder):
    """The same file with one byte more."""
    folder.mkdir()
    changed = folder / path.name
    changed.write_bytes(path.read_bytes() + b"\n")
    return changed


@pytest.mark.parametrize("what", ["bundle", "module"])
def test_other_files(spark, load, tmp_path, what):
    """What is not the file that was deployed is not run."""
    job = load([e2e.make_invoice(1)])
    if what == "bundle":
        changed = {"archive": other(spark.archive, tmp_path / "other")}
    else:
        changed = {"files": [other(f, tmp_path / "other")
                             if f.name == "nf_job.py" else f
                             for f in COMMON_PY]}
    code, said = spark.submit(*job.args(1), jobs=job.files, env=job.env,
                              **changed)
    assert (code, said["exit"]) == (78, 78)
    assert "not the file that was deployed" in said["error"]
    assert job.target.rows("invoices") == {}
    assert attempts(spark) == [("", 1, "failed", "config")]


def test_other_driver(spark, tmp_path):
    changed = other(DRIVER, tmp_path / "other")
    process = spark.start("--job", "nf", "--window", DAY, driver=changed)
    code, said = spark.finish(process)
    assert (code, said["exit"]) == (78, 78)
    assert said["error"] == "driver.py: not the file that was deployed"


def test_temporary_for_good(spark, load, tmp_path):
    """What fails at every try ends with 75, and is reported once."""
    job = load([e2e.make_invoice(i) for i in range(3)], 1)
    bin_dir = wrappers(tmp_path / "bin", "[ $tool$share != nf-stage2 ] ||"
                       " exit 74")
    code, said = spark.submit(*job.args(3), jobs=job.files,
                              env={**job.env, "NF_BIN": str(bin_dir),
                                   **spark.tools},
                              conf={"spark.task.maxFailures": "2"})
    assert (code, said["exit"]) == (75, 75)
    told = [a for a in attempts(spark) if a[2] != "ok"]
    assert told == [("", 1, "failed", "temporary"),
                    ("2/3", 1, "retry", "io"), ("2/3", 2, "retry", "io")]
    check_entries(spark)


@pytest.mark.skipif(not FULL, reason="two Sparks: only with NF_TORTURE=full")
def test_twins(spark, load):
    """Two drivers at once, as two attempts of one Airflow task may be."""
    job = load([e2e.make_invoice(i) for i in range(300)], 20)
    both = [spark.start(*job.args(15), jobs=job.files, env=job.env)
            for _ in range(2)]
    for code, said in map(spark.finish, both):
        assert (code, said["records"]) == (0, 300)
    assert job.same_as_one_pipe() == 300
    assert job.state() == "loaded"


@pytest.mark.skipif(not FULL, reason="two Sparks: only with NF_TORTURE=full")
def test_lookback(spark, load):
    """A revision with the same records is noted and not loaded; one with
    others is."""
    records = [e2e.make_invoice(i) for i in range(12)]
    job = load(records)
    job.tools.run("pipeline.sh", "load", job.path, "--window", DAY,
                  env=job.env, check=0)
    for n, later, more in ((2, "2026-01-31", []),
                           (3, "2026-02-01", [e2e.make_invoice(99)])):
        job.tools.run("nf-stage", "put", "--unsealed", "--emit=none",
                      "--window", DAY, "--from", f"{DAY}T00:00:00+00:00",
                      "--until", "2026-01-31T00:00:00+00:00", "--lookback",
                      later, f"{job.stage}.r{n}", env=job.env, check=0,
                      input="".join(r + "\n" for r in records + more))
        args = list(job.args(2))
        args[3] = f"{DAY} --lookback {later}"
        code, said = spark.submit(*args, jobs=job.files, env=job.env)
        assert (code, said["records"], said["shares"]) == (
            0, 13 if more else 0, 2 if more else 0)
        found = ledger(job.tools, job.path, job.env)[DAY]
        assert (found["revision"], found["state"], found.get("same_as")) == (
            n, "loaded", None if more else DAY)
    assert len(job.target.rows("invoices")) == 13
    check_entries(spark)


@pytest.mark.parametrize("what", [
    "a window that has no run", "a file that is missing", "another's name"])
def test_nothing_to_load(spark, load, what):
    """What there is no run for ends at once, and is reported once."""
    if what != "another's name" and not FULL:
        pytest.skip("two more Sparks: only with NF_TORTURE=full")
    job = load([e2e.make_invoice(1)])
    args, files = list(job.args(2)), job.files
    if what == "a window that has no run":
        args[3] = "2026-01-31"
    elif what == "a file that is missing":
        files = [f for f in files if not f.name.endswith("source.json")]
    else:
        job.jobs.write("nf", "http://127.0.0.1:1/", "file:///s", "sqlite:t",
                       name="other")
    code, said = spark.submit(*args, jobs=files, env=job.env)
    if what == "a file that is missing":  # a load asks no API
        assert (code, said["records"]) == (0, 1)
        return
    assert (code, said["exit"]) == (78, 78)
    assert attempts(spark) == [("", 1, "failed", "config")]

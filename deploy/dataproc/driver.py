#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load a window of a job with Spark (Dataproc Serverless, runtime 2.3).

    driver.py --job NAME --window WORDS --shares N [--sha256 FILE=DIGEST ...]

Needs the modules of deploy/common as Python files; and as files the bundle,
which NF_BUNDLE and NF_BUNDLE_SHA256 name in the executors' environment (each
unpacks it once), and the job file with what it names.  Spark only schedules:
a task is a share of the window's run, on which it runs

    nf-pipeline load NAME.job.json --window WORDS --part N/M

Records never enter the JVM.  RDD.pipe is not used, for it ignores exit codes
and what its command leaves unread.  A temporary failure raises, so that
Spark tries the task again; a permanent one is returned, the driver cancels
the other shares, and ends with its code.  The driver itself runs no tool:
files are promised to executors only.

--sha256 says what driver.py and its modules must be: the driver checks
itself, and each executor what it imports and the bundle.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

MAX_SHARES = 1000
SHA256 = re.compile(r"(\w+\.py)=([0-9a-f]{64})")
POLL = 1.0  # seconds

Row = dict[str, Any]


class Temporary(Exception):
    """Another try may succeed."""


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_other_file(sums: dict[str, str]) -> str | None:
    """The name of a module that is not the one that was deployed."""
    for name, want in sums.items():
        found = importlib.util.find_spec(name.removesuffix(".py"))
        if not found or not found.origin \
                or digest(pathlib.Path(found.origin)) != want:
            return name
    return None


def refuse_files(sums: dict[str, str]) -> Row | None:
    """In an executor: the row that says that a file is not the one that was
    deployed, or nothing."""
    other = find_other_file(sums)
    if other is None:
        import nf_bundle
        try:
            nf_bundle.bin_dir()
            return None
        except (nf_bundle.BundleError, OSError) as e:
            other = str(e)
    return {"exit": 78, "error": f"{other}: not the file that was deployed"}


def job_of(job: dict[str, Any]) -> Any:
    """In an executor: the job file, which is where its files are."""
    import nf_job
    os.environ["NF_JOBS"] = os.getcwd()
    return nf_job.job(job["job"])


def note_same(of: Any, window: str) -> bool:
    """In an executor: whether the window was fetched once more for nothing,
    which is noted: there is nothing to load."""
    import nf_job
    if not any(want == "same" for _, _, want in nf_job.wanted(
            of, "--windows", window, "--newest")):
        return False
    code = nf_job.Phase("load", of, window, tied=True).wait()
    if code != 0:
        raise nf_job.Failed(f"{of.name}: {window}", code)
    return True


def window_of(job: dict[str, Any]) -> Row:
    """In an executor: what the ledger says of the window.  Without records if
    they are those of a revision that is loaded."""
    refused = refuse_files(job["sums"])
    if refused:
        return refused
    import nf_job
    if not nf_job.WORDS.fullmatch(job["words"]):
        return {"exit": 78, "error": f"{job['words']}: not a window"}
    window = job["words"].partition(" ")[0]
    try:
        of = job_of(job)
        found = nf_job.days(of, "--windows", window)
        same = not job["words"].endswith(" --reload") and (
            any("same_as" in d for d in found) or note_same(of, window))
    except nf_job.ConfigError as e:
        return {"exit": 78, "error": str(e)}
    except nf_job.Failed as e:
        if nf_job.permanent(e.nf_exit):
            return {"exit": e.nf_exit, "error":
                    f"{window}: not a window of the job"
                    if e.nf_exit == 64 else "the ledger cannot be read"}
        raise Temporary(str(e)) from e
    if len(found) != 1 or "records" not in found[0]:
        return {"exit": 78, "error": "the window is not committed"}
    return {"exit": 0, "records": 0 if same else found[0]["records"],
            "run": nf_job.run_of(job["job"], job["words"],
                                 {"windows": found})}


def load_share(job: dict[str, Any], share: str) -> Row:
    """In an executor: load one share; one small row tells how it went."""
    refused = refuse_files(job["sums"])
    if refused:
        return {"part": share, "records": 0, "rejected": 0, "rows": 0,
                **refused}
    import pyspark

    import nf_job
    import nf_report

    # A share that is loaded already is loaded again: what counts is counted.
    words = job["words"] + (
        "" if job["words"].endswith("--reload") else " --reload")
    phase = nf_job.Phase(
        "load", job_of(job), words, "--part", share,
        *nf_job.load_args(job["app_profile"]), tied=True)
    code = phase.wait()
    context = pyspark.TaskContext.get()
    number = 1 + (context.attemptNumber() if context else 0)
    nf_report.write(nf_report.attempt(
        "dataproc", phase.run, code, phase.tools, number=number, part=share,
        source=job["job"]))
    if code != 0 and not nf_job.permanent(code):
        raise Temporary(f"share {share}: exit {code}")
    stages = phase.summary.get("stages", {})

    def count(stage: str, member: str) -> int:
        return int(stages.get(stage, {}).get(member, 0))

    return {"part": share, "exit": code, "try": number,
            "records": count("cat", "records_out"),
            "rejected": count("transform", "rejected"),
            "rows": count("load", "records_out")}


def work(job: dict[str, Any], ended: Any, shares: Iterable[str]
         ) -> Iterator[Row]:
    """In an executor: load shares; the driver sees at once how they end."""
    for share in shares:
        row = load_share(job, share)
        ended.add([row])
        yield row


def collect(context: Any, job: dict[str, Any], shares: list[str]
            ) -> list[Row]:
    """The rows of all shares; of those that have ended, if one failed for
    good: the others are cancelled then."""
    import pyspark
    from py4j.protocol import Py4JJavaError
    ended = context.accumulator([], Rows())
    found: list[Row] = []
    errors: list[Exception] = []

    def run() -> None:
        context.setJobGroup("nf-load", "load", interruptOnCancel=True)
        try:
            found.extend(context.parallelize(shares, len(shares))
                         .mapPartitions(lambda s: work(job, ended, s))
                         .collect())
        except Py4JJavaError as e:
            errors.append(e)

    def failed() -> bool:
        return any(row["exit"] != 0 for row in ended.value)

    thread = pyspark.InheritableThread(target=run)
    thread.start()
    while thread.is_alive():
        thread.join(POLL)
        if failed() and thread.is_alive():
            context.cancelJobGroup("nf-load")
            thread.join()
    if errors and not failed():
        raise errors[0]
    return list(ended.value) if errors else found


class Rows:
    """What an accumulator of rows does."""

    def zero(self, value: list[Row]) -> list[Row]:
        return []

    def addInPlace(self, a: list[Row], b: list[Row]) -> list[Row]:
        return a + b


def load(context: Any, job: dict[str, Any], of: int) -> Row:
    """The whole job: a summary with the exit code.  What failed and has not
    been reported where it failed has a member error."""
    found = context.parallelize([job], 1).map(window_of).collect()[0]
    if found["exit"] != 0:
        return dict(found)
    if found["records"] == 0:
        return {**found, "shares": 0, "rows": 0}
    rows = collect(context, job, [f"{n}/{of}" for n in range(1, of + 1)])
    failed = sorted((r for r in rows if r["exit"] != 0),
                    key=lambda r: int(r["exit"]))
    records = sum(r["records"] for r in rows)
    summary = {"exit": failed[0]["exit"] if failed else 0,
               "run": found["run"], "shares": of, "failed": len(failed),
               "records": records, "expected": found["records"],
               "rejected": sum(r["rejected"] for r in rows),
               "rows": sum(r["rows"] for r in rows)}
    if failed:
        summary["cancelled"] = of - len(rows)
        if "error" in failed[0]:
            summary["error"] = failed[0]["error"]
    elif records != found["records"]:
        summary |= {"exit": 70, "error": "not the manifest's count"}
    return summary


def options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="driver.py")
    parser.add_argument("--job", required=True)
    parser.add_argument("--window", required=True)
    parser.add_argument("--shares", type=int, default=64)
    parser.add_argument("--app-profile", default="")
    parser.add_argument("--sha256", action="append", default=[])
    found = parser.parse_args(args)
    if not 1 <= found.shares <= MAX_SHARES:
        parser.error(f"--shares: 1 to {MAX_SHARES}")
    for given in found.sha256:
        if not SHA256.fullmatch(given):
            parser.error("--sha256: FILE.py=DIGEST")
    found.sums = dict(given.split("=") for given in found.sha256)
    return found


def report(job: dict[str, Any], summary: Row, conf: Any) -> None:
    """Tell what no executor could: that there is no other try."""
    import nf_job
    import nf_report
    for name in ("NF_REPORT", "NF_LOG", "NF_PROJECT", "TRACEPARENT"):
        value = conf.get(f"spark.executorEnv.{name}")
        if value:
            os.environ.setdefault(name, value)
    run = summary.get("run") or nf_job.run_of(job["job"], job["words"], {})
    nf_report.write(nf_report.attempt(
        "dataproc", run, summary["exit"], last=True, source=job["job"],
        message=f"{run}: {summary['error']}"))


def main(args: list[str]) -> int:
    import pyspark
    from py4j.protocol import Py4JJavaError
    given = options(args)
    own = pathlib.Path(__file__)
    if given.sums.pop(own.name, None) not in (None, digest(own)):
        print(json.dumps({"tool": "nf-spark", "exit": 78, "error":
                          f"{own.name}: not the file that was deployed"}))
        return 78
    context = pyspark.SparkContext(appName="nf-load")
    conf = context.getConf()
    job = {"job": given.job, "words": given.window,
           "app_profile": given.app_profile, "sums": given.sums}
    try:
        summary = load(context, job, given.shares)
    except Py4JJavaError:
        # See the executors' logs and what they reported.
        summary = {"exit": 75, "error": "a task failed at every try"}
    finally:
        context.stop()
    if "error" in summary:
        report(job, summary, conf)
    print(json.dumps({"tool": "nf-spark", **summary}), flush=True)
    return int(summary["exit"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load a committed run with Spark (Dataproc Serverless, runtime 2.3).

    driver.py --stage RUN --mapping FILE --to TARGET [--shares N]
        [--max-rejects N|P% [--reject-stage PREFIX]] [--app-profile ID]
        [--sha256 FILE=DIGEST ...]

Needs the modules of deploy/common as Python files and the bundle as a file,
which NF_BUNDLE and NF_BUNDLE_SHA256 name in the executors' environment; each
executor unpacks it once.  Spark only schedules: a task is a share of the
run's parts, on which it runs

    nf-stage cat --part N/M RUN | nf-transform | nf-load

Records never enter the JVM.  RDD.pipe is not used, for it ignores exit codes
and what its command leaves unread.  A temporary failure raises, so that
Spark tries the task again; a permanent one is returned, the driver cancels
the other shares, and ends with its code.  The driver itself runs no tool:
files are promised to executors only.

--sha256 says what driver.py and its modules must be: the driver checks
itself, and each executor what it imports and the bundle.

With --max-rejects (of a share) bad records are kept in a staged run, one a
share, named as nf-pipeline's, beside the run or in PREFIX.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

MAX_SHARES = 1000
SHA256 = re.compile(r"(\w+\.py)=([0-9a-f]{64})")
POLL = 1.0  # seconds

Row = dict[str, Any]


class Temporary(Exception):
    """Another try may succeed."""


def bin_dir() -> pathlib.Path:
    """In an executor: the launchers."""
    import nf_bundle
    return nf_bundle.bin_dir()


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


def parts_of(job: dict[str, Any]) -> Row:
    """In an executor: how many parts and records the manifest names."""
    refused = refuse_files(job["sums"])
    if refused:
        return refused
    import nf_job
    folder, stage = bin_dir(), job["stage"]
    code, mark = nf_job.ask([str(folder / "nf-stage"), "mark", stage])
    if code == 0 and mark != "committed":
        return {"exit": 78, "error": "the run is not committed"}
    if code == 0:
        code, found = nf_job.manifest(folder, stage)
    if code == 0:
        return {"exit": 0, "run": found["run"], "records": found["records"],
                "parts": len(found["parts"])}
    if nf_job.permanent(code):
        return {"exit": code, "error": "the manifest cannot be read"}
    raise Temporary(f"manifest: exit {code}")


def commands(job: dict[str, Any], share: str, mapping: str,
             bad: pathlib.Path) -> list[list[str]]:
    """The chain that loads a share."""
    folder, run = bin_dir(), job["run"]
    transform = [str(folder / "nf-transform"), "--run", run, "-m", mapping]
    if job["max_rejects"]:
        transform += ["--reject", str(bad), "--max-rejects",
                      job["max_rejects"]]
    load = [str(folder / "nf-load"), "apply", "--run", run]
    if job["app_profile"]:
        load += ["--app-profile", job["app_profile"]]
    return [[str(folder / "nf-stage"), "cat", "--run", run, "--part", share,
             job["stage"]], transform, [*load, job["to"]]]


def load_share(job: dict[str, Any], share: str) -> Row:
    """In an executor: load one share; one small row tells how it went."""
    refused = refuse_files(job["sums"])
    if refused:
        return {"part": share, "records": 0, "rejected": 0, "rows": 0,
                **refused}
    import pyspark

    import nf_job
    import nf_report
    mapping = mapping_file(job["mapping"], bin_dir())
    run = job["run"]
    with tempfile.TemporaryDirectory(prefix="nf-share.") as work:
        bad = pathlib.Path(work, "rejects.ndjson")
        chain = nf_job.Chain(commands(job, share, mapping, bad))
        code = chain.wait()
        if code == 0 and bad.exists() and bad.stat().st_size > 0:
            code = stage_rejects(job, share, mapping, bad)
    context = pyspark.TaskContext.get()
    number = 1 + (context.attemptNumber() if context else 0)
    if code == 0 and not all(s.get("sealed") for s in chain.summaries):
        code = 70
    nf_report.write(nf_report.attempt(
        "dataproc", run, code, chain.summaries, number=number, part=share,
        source=job["source"]))
    if code != 0 and not nf_job.permanent(code):
        raise Temporary(f"share {share}: exit {code}")
    cat, transform, load = chain.summaries
    return {"part": share, "exit": code, "try": number,
            "records": cat.get("records_out", 0),
            "rejected": transform.get("rejected", 0),
            "rows": load.get("records_out", 0)}


def stage_rejects(job: dict[str, Any], share: str, mapping: str,
                  bad: pathlib.Path) -> int:
    """What was refused becomes a staged run of its own; named for the mapping
    and for what it refused, so that another try finds it there."""
    digest = hashlib.sha256(pathlib.Path(mapping).read_bytes() +
                            bad.read_bytes()).hexdigest()
    place = job["stage"].rstrip("/")
    if job["reject_stage"]:
        place = job["reject_stage"].rstrip("/") + "/" + \
            place.rpartition("/")[2]
    name = f"-rejects-{digest[:16]}-{share.replace('/', '-of-')}"
    with bad.open("rb") as f:
        return subprocess.run(
            [str(bin_dir() / "nf-stage"), "put", "--emit=none", "--run",
             job["run"] + name, place + name], stdin=f).returncode


def mapping_file(name: str, folder: pathlib.Path) -> str:
    """A file that came with the job, or a mapping of the bundle."""
    for path in (pathlib.Path(name), pathlib.Path(name).name,
                 folder.parent / "share/nf-tools/mappings" / name):
        if pathlib.Path(path).exists():
            return str(path)
    return name


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


def load(context: Any, job: dict[str, Any], most: int) -> Row:
    """The whole job: a summary with the exit code.  What failed and has not
    been reported where it failed has a member error."""
    found = context.parallelize([job], 1).map(parts_of).collect()[0]
    if found["exit"] != 0:
        return dict(found)
    if found["parts"] == 0:
        return {**found, "shares": 0, "rows": 0}
    of = min(found["parts"], most)
    job = {**job, "run": found["run"]}
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
    parser.add_argument("--stage", required=True)
    parser.add_argument("--mapping", required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--source", default="default")
    parser.add_argument("--shares", type=int, default=64)
    parser.add_argument("--max-rejects", default="")
    parser.add_argument("--reject-stage", default="")
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
    import nf_report
    for name in ("NF_REPORT", "NF_LOG", "NF_PROJECT", "TRACEPARENT"):
        value = conf.get(f"spark.executorEnv.{name}")
        if value:
            os.environ.setdefault(name, value)
    run = summary.get("run") or job["stage"].rstrip("/").rpartition("/")[2]
    nf_report.write(nf_report.attempt(
        "dataproc", run, summary["exit"], last=True, source=job["source"],
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
    job = {"stage": given.stage, "mapping": given.mapping, "to": given.to,
           "source": given.source, "max_rejects": given.max_rejects,
           "reject_stage": given.reject_stage,
           "app_profile": given.app_profile, "run": "", "sums": given.sums}
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

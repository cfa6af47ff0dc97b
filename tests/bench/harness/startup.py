# SPDX-License-Identifier: Apache-2.0
"""How long it takes to start: --version, one record, and the peers."""

import os
import shutil
import statistics

from .race import Failed, Run, Server
from .races import Target, have, load_command, module, transform_command


def one(bench, name, run, times):
    figures = [bench.run(run()).each for _ in range(times)]
    return {"name": name,
            "wall_ms": 1e3 * statistics.median(
                max(f["wall"] for f in each) for each in figures),
            "cpu_ms": 1e3 * statistics.median(
                sum(f["user"] + f["sys"] for f in each) for each in figures),
            "rss_kb": int(statistics.median(
                sum(f["rss_kb"] for f in each) for each in figures))}


def versions(bench):
    for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        yield f"{tool} --version", [bench.tool(tool), "--version"]
    for name in ("jq", "gojq", "mlr"):
        if have(name):
            yield f"{name} --version", [name, "--version"]
    yield "python3 -c pass", [bench.python, "-c", "pass"]
    for name in ("requests", "google.cloud.storage",
                 "google.cloud.bigtable.data"):
        if module(bench, name):
            yield f"python3: import {name}", [bench.python, "-c",
                                              f"import {name}"]


def records(bench, target, url):
    """name -> Run of one record."""
    small = bench.data("small", 1)
    mutation = bench.data("mutations", 1)
    run_of = bench.path("one-run")

    def put():
        shutil.rmtree(run_of, ignore_errors=True)
        return Run([[bench.tool("nf-stage"), "put", "--unsealed",
                     "--emit=none", "file://" + run_of]], stdin=small)

    def plain(command, stdin=os.devnull):
        return lambda: Run([command], stdin=stdin, env=target.env)

    python = bench.python
    return {
        "nf-fetch, one page": plain([bench.tool("nf-fetch"), url]),
        "requests + json, one page": plain(
            [python, bench.peer("fetch_requests.py"), url]),
        "nf-stage put, one record": put,
        "nf-transform, one record": plain(
            transform_command(bench, "small.json"), small),
        "jq, one record": plain(["jq", "-c", "-f", bench.peer("small.jq")],
                                small),
        "Python orjson, one record": plain(
            [python, bench.peer("transform.py"), "orjson", "small"], small),
        "nf-load, one row": plain(load_command(bench), mutation),
        "Go ApplyBulk, one row": plain([bench.bin("applybulk")], mutation),
        "Python data client, one row": plain(
            [python, bench.peer("load_python.py")], mutation),
    }


def measure(bench):
    times = 5 if bench.quick else 15
    found = [one(bench, name, lambda c=command: Run([c]), times)
             for name, command in versions(bench)]
    target = Target(bench)
    try:
        with Server([bench.bin("pages"), bench.data("small", 1)]) as server:
            for name, run in records(bench, target,
                                     server.address + "/").items():
                try:
                    found.append(one(bench, name, run, times))
                except (Failed, OSError) as wrong:
                    found.append({"name": name, "failed": str(wrong)})
    finally:
        target.close()
    return found

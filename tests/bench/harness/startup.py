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


def pipelines(bench, target, url):
    """One invoice by the whole job: today's and that of 0.1.0."""
    run_of = bench.path("one-job")

    def job(script, build):
        def make():
            shutil.rmtree(run_of, ignore_errors=True)
            return Run([["env", "NF_BIN=" + build, script, "--from", url,
                         "--stage", "file://" + run_of + "/run", "-m",
                         bench.mapping("small.json"), "--to",
                         load_command(bench)[1]]], env=target.env)
        return make

    found = {"nf-pipeline, one invoice": job(
        os.path.join(bench.root, "pipeline.sh"), os.path.abspath(bench.tools))}
    if os.path.exists(bench.old("build/nf-load")):
        found["nf-load 0.1.0, one row"] = lambda: Run(
            [[bench.old("build/nf-load"), load_command(bench)[1]]],
            stdin=bench.data("mutations", 1), env=target.env)
        found["pipeline.sh 0.1.0, one invoice"] = job(
            bench.old("pipeline.sh"), bench.old("build"))
    return found


def measure(bench):
    times = 5 if bench.quick else 15
    found = [one(bench, name, lambda c=command: Run([c]), times)
             for name, command in versions(bench)]
    target = Target(bench)
    try:
        with Server([bench.bin("pages"), bench.data("small", 1)]) as server:
            url = server.address + "/"
            runs = {**records(bench, target, url),
                    **pipelines(bench, target, url)}
            for name, run in runs.items():
                try:
                    found.append(one(bench, name, run, times))
                except (Failed, OSError) as wrong:
                    found.append({"name": name, "failed": str(wrong)})
    finally:
        target.close()
    return found

# SPDX-License-Identifier: Apache-2.0
"""Peak memory of each tool while its input grows from 1 MB to 10 GB."""

import os
import shutil

from .race import Run, Server
from .races import Target, load_command, transform_command

FULL = (1, 64, 1000, 10000)
QUICK = (1, 64, 300)
FULL_PARTS = (10, 1000, 10000, 100000)
QUICK_PARTS = (10, 1000)


def again(bench, path, megabytes):
    return [bench.python, os.path.join(bench.root, "tests/bench/data.py"),
            "again", path, str(megabytes * 1000000)]


def piped(bench, path, megabytes, command, env=None):
    """Peak of COMMAND fed with so much of PATH."""
    run = Run([again(bench, path, megabytes), command], env=env or {})
    return bench.run(run).each[1]


def transform(bench, megabytes):
    return piped(bench, bench.data("small", 2500), megabytes,
                 transform_command(bench, "small.json"))


def stage(bench, megabytes):
    run_of = bench.path("memory-run")
    try:
        return piped(bench, bench.data("small", 2500), megabytes,
                     [bench.tool("nf-stage"), "put", "--unsealed",
                      "--emit=none", "file://" + run_of])
    finally:
        shutil.rmtree(run_of, ignore_errors=True)


def load(bench, megabytes):
    target = Target(bench)
    try:
        # Rows come again after 20000: never while they are in flight.
        return piped(bench, bench.data("mutations", 20000), megabytes,
                     load_command(bench), target.env)
    finally:
        target.close()


def fetch(bench, megabytes):
    path = bench.data("small", 2500)
    pages = max(1, round(megabytes * 1e6 / os.path.getsize(path) * 25))
    with Server([bench.bin("pages"), "-total", str(pages * 100),
                 path]) as server:
        run = Run([[bench.tool("nf-fetch"), server.address + "/"]])
        return bench.run(run).each[0]


def sample(bench, sizes):
    """tool -> [{mb, rss_kb, wall, cpu}]."""
    found = {}
    for name, one in (("nf-fetch", fetch), ("nf-stage", stage),
                      ("nf-transform", transform), ("nf-load", load)):
        found[name] = []
        for megabytes in sizes:
            f = one(bench, megabytes)
            found[name].append({"mb": megabytes, "rss_kb": f["rss_kb"],
                                "wall_s": f["wall"],
                                "cpu_s": f["user"] + f["sys"]})
    return found


def parts(bench, counts):
    """verb -> [{parts, rss_kb, cpu_s}] of a run of so many parts."""
    found = {"put": [], "cat": []}
    small = bench.data("small", max(counts))
    run_of = "file://" + bench.path("parts-run")
    for count in counts:
        with open(small, "rb") as f, open(bench.path("few"), "wb") as out:
            for _ in range(count):
                out.write(f.readline())
        put = Run([[bench.tool("nf-stage"), "put", "--unsealed",
                    "--emit=none", "--part-records", "1", run_of]],
                  stdin=bench.path("few"))
        cat = Run([[bench.tool("nf-stage"), "cat", run_of]])
        for verb, run in (("put", put), ("cat", cat)):
            f = bench.run(run).each[0]
            found[verb].append({"parts": count, "rss_kb": f["rss_kb"],
                                "cpu_s": f["user"] + f["sys"]})
        shutil.rmtree(bench.path("parts-run"), ignore_errors=True)
    return found

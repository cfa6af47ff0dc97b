# SPDX-License-Identifier: Apache-2.0
"""The whole chain on this machine: API, staging, transformation, load."""

import os
import shutil
import subprocess

from .race import Contender, Failed, Run, Server, race
from .races import Target, load_command, transform_command

TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")


def commands(bench, url, run_of, load, mapping="small.json"):
    transform = [bench.tool("nf-transform"), "-m", bench.mapping(mapping)]
    return [
        [bench.tool("nf-fetch"), "--seal", url],
        [bench.tool("nf-stage"), "put", "file://" + run_of],
        transform,
        load,
    ]


def figures(name, count, measured):
    wall = measured.wall
    return {"name": name, "invoices": count, "wall_s": wall,
            "invoices_per_s": count / wall, "cpu_s": measured.cpu,
            "tools": [{"tool": tool, "cpu_s": f["user"] + f["sys"],
                       "user_s": f["user"], "sys_s": f["sys"],
                       "rss_kb": f["rss_kb"]}
                      for tool, f in zip(TOOLS, measured.each)]}


def create(bench, db):
    bench.run(Run([[bench.tool("nf-load"), "create", "sqlite:" + db, "-m",
                    bench.mapping("small.json")]]))


def run_all(bench, count):
    """The chain into the null server and into SQLite."""
    path = bench.data("small", count)
    run_of, db = bench.path("chain-run"), bench.path("chain.db")
    found = []
    with Server([bench.bin("pages"), path]) as server:
        url = server.address + "/"
        target = Target(bench)
        try:
            found.append(figures(
                "into the null server", count, bench.run(Run(
                    commands(bench, url, run_of, load_command(bench)),
                    env=target.env))))
        finally:
            said = target.close()
            shutil.rmtree(run_of, ignore_errors=True)
        if said["rows"] < count:
            raise Failed(f"the chain sent {said['rows']} rows")
        found[-1]["rows"] = said["rows"]
        create(bench, db)
        found.append(figures(
            "into SQLite", count, bench.run(Run(
                commands(bench, url, run_of,
                         [bench.tool("nf-load"), "sqlite:" + db])))))
        found[-1]["rows"] = said["rows"]
        shutil.rmtree(run_of, ignore_errors=True)
        os.unlink(db)
    return found


def race_old(bench, mapping, count):
    """The chain with the tools of today and with those of 0.1.0."""
    path, run_of = bench.data("small", count), bench.path("old-run")
    # Theirs, if there is one, as it may have fewer cells.
    file = bench.old(f"mappings/{mapping}.json")
    if mapping == "small" or not os.path.exists(file):
        file = bench.mapping("small.json") if mapping == "small" else \
            os.path.join(bench.root, "mappings", mapping + ".json")

    def clean(run):
        shutil.rmtree(run_of, ignore_errors=True)

    def tools(folder, url):
        def tool(name):
            return os.path.join(folder, name)
        return [[tool("nf-fetch"), "--seal", url],
                [tool("nf-stage"), "put", "file://" + run_of],
                [tool("nf-transform"), "-m", file],
                [tool("nf-load"), load_command(bench)[1]]]

    target = Target(bench)
    try:
        with Server([bench.bin("pages"), path]) as server:
            url = server.address + "/"
            contenders = [Contender(
                name, lambda f=folder: Run(tools(f, url), env=target.env),
                count / 1e5, after=clean)
                for name, folder in (("the four tools", bench.tools),
                                     ("those of 0.1.0", bench.old("build")))
                if os.path.exists(os.path.join(folder, "nf-load"))]
            return race(bench, f"chain-{mapping}",
                        f"The whole chain, {mapping}", "100k invoices",
                        contenders, f"{count} small invoices, fetch, stage, "
                        "transform, load into the null server")
    finally:
        target.close()


def top(bench, command, stdin, env):
    """The functions in which COMMAND spends its time: [(percent, object,
    function)]."""
    data = bench.path("perf.data")
    with open(stdin, "rb") as source:
        made = subprocess.run(
            ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o",
             data, "--"] + command, stdin=source, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=dict(bench.env, **env))
    if made.returncode != 0:
        raise Failed("perf: " + made.stderr.decode(errors="replace")[-500:])
    text = subprocess.run(
        ["perf", "report", "--stdio", "-i", data, "--sort", "dso,symbol",
         "--percent-limit", "1"], capture_output=True, text=True,
        check=True).stdout
    found = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("#") or len(words) < 4:
            continue
        found.append((float(words[0].rstrip("%")), words[1],
                      words[3]))
    return found


def profile(bench, count):
    """tool -> where its time goes."""
    if shutil.which("perf") is None:
        return {}
    small = bench.data("small", count)
    mutations = bench.path("profile.ndjson")
    transform = transform_command(bench, "small.json")
    bench.run(Run([transform], stdin=small, stdout=mutations))
    run_of, db = bench.path("profile-run"), bench.path("profile.db")
    create(bench, db)
    target = Target(bench)
    try:
        with Server([bench.bin("pages"), small]) as server:
            found = {
                "nf-fetch": top(bench, [bench.tool("nf-fetch"),
                                        server.address + "/"],
                                os.devnull, {}),
                "nf-stage": top(bench, [
                    bench.tool("nf-stage"), "put", "--unsealed",
                    "--emit=none", "file://" + run_of], small, {}),
                "nf-transform": top(bench, transform, small, {}),
                "nf-load": top(bench, load_command(bench), mutations,
                               target.env),
                "nf-load into SQLite": top(
                    bench, [bench.tool("nf-load"), "sqlite:" + db],
                    mutations, {}),
            }
    finally:
        target.close()
        shutil.rmtree(run_of, ignore_errors=True)
        os.unlink(db)
    return found

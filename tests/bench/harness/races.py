# SPDX-License-Identifier: Apache-2.0
"""The races: what runs against what, on which data."""

import json
import os
import re
import shlex
import shutil
import subprocess

from . import compare
from .race import Contender, Run, Server, race

TS = "1795456800000000"
INSTANCE = "bigtable://p/i"
COMPARED = 3000  # documents of which the transformers' outputs are compared


def have(name):
    return shutil.which(name) is not None


def module(bench, name):
    """Has the Python environment NAME?"""
    return subprocess.run([bench.python, "-c", f"import {name}"],
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def transform_command(bench, mapping, *options):
    return [bench.tool("nf-transform"), "-m", bench.mapping(mapping),
            "--ts", TS, *options]


def transformers(bench, kind):
    """name -> (command, in order?); the file to read is stdin."""
    found = {}
    for name in ("jq", "gojq"):
        if have(name):
            found[version(name)] = ([name, "-c", "-f",
                                     bench.peer(f"{kind}.jq")], True)
    if kind == "small" and have("mlr"):
        found[version("mlr")] = (
            ["mlr", "--ijsonl", "--ojsonl", "put", "-q", "-f",
             bench.peer("small.mlr")], True)
    for name in ("json", "orjson", "msgspec"):
        if module(bench, name):
            found[f"Python {name}"] = (
                [bench.python, bench.peer("transform.py"), name, kind], True)
    if kind == "small" and module(bench, "duckdb"):
        found["DuckDB, 1 thread"] = (
            [bench.python, bench.peer("duckdb_small.py"), "/dev/stdin",
             "/dev/stdout"], False)
    return found


def version(command):
    text = subprocess.run([command, "--version"], capture_output=True,
                          text=True, check=True).stdout.split("\n")[0]
    found = re.search(r"[0-9]+(\.[0-9]+)+", text)
    return f"{command} {found.group() if found else ''}".strip()


def checked(bench, commands, path, reference, in_order):
    """Run the peer once: how exact its output is."""
    out = bench.path("theirs")
    bench.run(Run(commands, stdin=path, stdout=out))
    return compare.same(reference, out, in_order)


def transform(bench, kind, count):
    path = bench.data(kind, count)
    first = bench.data(kind, COMPARED)
    megabytes = os.path.getsize(path) / 1e6
    ours = transform_command(bench, kind + ".json")
    reference = bench.path("ours")
    bench.run(Run([ours], stdin=first, stdout=reference))
    contenders = [Contender("nf-transform", lambda: Run([ours], stdin=path),
                            megabytes, exactness=compare.EXACT)]
    for name, (command, in_order) in transformers(bench, kind).items():
        exact = checked(bench, [command], first, reference, in_order)
        contenders.append(Contender(
            name, lambda c=command: Run([c], stdin=path), megabytes,
            exactness=exact))
    what = {"small": "small invoices", "full": "full NF-e"}[kind]
    return race(bench, f"transform-{kind}", f"nf-transform, {what}", "MB",
                contenders, f"{count} documents, {megabytes:.1f} MB, one "
                "core; one row an invoice and one an item")


def jobs(bench, count):
    """One core against two: wall time; and what two cores can do here."""
    path = bench.data("small", count)
    half = bench.data("small", count // 2)
    megabytes = os.path.getsize(path) / 1e6
    alone = shlex.join(transform_command(bench, "small.json"))
    twice = ["sh", "-c", f"{alone} < {shlex.quote(half)} & "
             f"{alone} < {shlex.quote(half)} & wait"]
    return race(bench, "transform-jobs", "nf-transform on two cores", "MB", [
        Contender(f"nf-transform --jobs {n}", lambda n=n: Run(
            [transform_command(bench, "small.json", "--jobs", str(n))],
            stdin=path), megabytes) for n in (2, 1)] + [
        Contender("two nf-transform at once, half each",
                  lambda: Run([twice]), megabytes)],
        f"{count} small invoices; wall time counts here. Two processes that "
        "share nothing show what two cores of this machine can do")


class Target:
    """A null server for as many runs as wanted."""

    def __init__(self, bench, digest=False):
        command = [bench.bin("nullbigtable")]
        self.server = Server(command + (["-digest"] if digest else []))
        self.env = {"BIGTABLE_EMULATOR_HOST": self.server.address}
        self.port = self.server.address.rsplit(":", 1)[1]

    def close(self):
        """What it was sent."""
        self.server.__exit__()
        return json.loads(self.server.said)


def cells_of(bench, commands, path):
    """Run once against a server that sums up; commands(target) -> list."""
    target = Target(bench, digest=True)
    try:
        bench.run(Run(commands(target), stdin=path, env=target.env))
    finally:
        said = target.close()
    return said


def raced_loads(bench, name, title, unit, path, work, contenders, note,
                repeats=None, sampled=False):
    """contenders: name -> commands(target); ours first.  Compare, then
    race.  sampled: as in Run."""
    ours = None
    target = Target(bench)
    entries = []
    try:
        for label, commands in contenders.items():
            said = cells_of(bench, commands, path)
            ours = ours or said
            exact = compare.same_cells(ours, said)
            entries.append(Contender(
                label, lambda c=commands: Run(
                    c(target), stdin=path, env=target.env, sampled=sampled),
                work, exactness=exact))
        return race(bench, name, title, unit, entries, note, repeats)
    finally:
        target.close()


def load_command(bench, table=""):
    return [bench.tool("nf-load"), INSTANCE + table]


def csv_for_cbt(bench, path):
    """The same rows as cbt import wants them."""
    out = path + ".csv"
    with open(path, encoding="utf-8") as f, \
            open(out, "w", encoding="utf-8") as to:
        to.write(",nf,,\n,product,value,quantity\n")
        for line in f:
            m = json.loads(line)
            cells = [m["cells"]["nf"][q].replace('"', '""')
                     for q in ("product", "value", "quantity")]
            to.write(",".join([m["row"]] + [f'"{c}"' for c in cells]) + "\n")
    return out


def load(bench, count):
    """Against Go, fed the same lines, and cbt, fed CSV."""
    path = bench.data("mutations", count)
    contenders = {
        "nf-load": lambda t: [load_command(bench)],
        "Go ApplyBulk + encoding/json": lambda t: [[bench.bin("applybulk")]],
    }
    if os.path.exists(bench.bin("cbt")):
        csv = csv_for_cbt(bench, path)
        contenders["cbt import, CSV"] = lambda t: [
            [bench.bin("cbt"), "-project", "p", "-instance", "i", "import",
             "bench", csv, "batch-size=1000", "workers=8",
             "timestamp=" + TS]]
    return raced_loads(
        bench, "load", "nf-load against the null server", "1M rows", path,
        count / 1e6, contenders,
        f"{count} rows of three cells from NDJSON, 1000 rows a request, 8 in "
        "flight")


def load_python(bench, count):
    path = bench.data("mutations", count)
    return raced_loads(
        bench, "load-python", "nf-load against Python's data client",
        "1M rows", path, count / 1e6, {
            "nf-load": lambda t: [load_command(bench)],
            "Python data client": lambda t: [
                [bench.python, bench.peer("load_python.py")]],
        }, f"{count} rows of three cells from NDJSON; start-up counts")


def fetch(bench, pages):
    """Follow Link headers over all pages, no latency."""
    path = bench.data("small", pages * 100)
    with Server([bench.bin("pages"), path]) as server:
        url = server.address + "/"
        ours = [bench.tool("nf-fetch"), url]
        theirs = [bench.python, bench.peer("fetch_requests.py"), url]
        a, b = bench.path("ours"), bench.path("theirs")
        bench.run(Run([ours], stdout=a))
        if subprocess.run(["cmp", "-s", a, path]).returncode != 0:
            raise compare.Different("nf-fetch: not what the API served")
        bench.run(Run([theirs], stdout=b))
        exact = compare.same(a, b)
        return race(bench, "fetch", "nf-fetch to NDJSON", "1000 pages", [
            Contender("nf-fetch", lambda: Run([ours]), pages / 1000,
                      exactness=compare.EXACT),
            Contender("Python requests + json", lambda: Run([theirs]),
                      pages / 1000, exactness=exact),
        ], f"{pages} pages of 100 small invoices, Link headers, loopback")


def prefetch(bench, pages):
    """8 pages in flight against one at a time, 20 ms a page: wall."""
    path = bench.data("small", pages * 100)
    with Server([bench.bin("pages"), "-latency", "20ms", path]) as server:
        def fetch_with(n):
            return [bench.tool("nf-fetch"), "--paginate", "page",
                    "--prefetch", str(n), server.address + "/"]

        for n in (8, 1):
            out = bench.path(f"ours{n}")
            bench.run(Run([fetch_with(n)], stdout=out))
            if subprocess.run(["cmp", "-s", out, path]).returncode != 0:
                raise compare.Different(f"nf-fetch --prefetch {n}: other "
                                        "records")
        return race(bench, "fetch-prefetch", "nf-fetch at 20 ms a page",
                    "100 pages", [
                        Contender(f"nf-fetch --prefetch {n}",
                                  lambda n=n: Run([fetch_with(n)]),
                                  pages / 100, exactness=compare.EXACT)
                        for n in (8, 1)],
                    f"{pages} pages; wall time counts here")


def stage(bench, count):
    """put to file:// against json + gzip and jq | gzip."""
    path = bench.data("small", count)
    megabytes = os.path.getsize(path) / 1e6
    run_of = bench.path("run")
    out = bench.path("staged.gz")

    def put():
        return Run([[bench.tool("nf-stage"), "put", "--unsealed",
                     "--emit=none", "file://" + run_of]], stdin=path)

    def clean(run):
        shutil.rmtree(run_of, ignore_errors=True)
        if os.path.exists(out):
            os.unlink(out)

    python = [bench.python, bench.peer("stage_gzip.py"), out]
    shell = [bench.peer("stage_jq.sh"), out]
    bench.run(put())
    back = bench.path("back")
    bench.run(Run([[bench.tool("nf-stage"), "cat", "--no-seal",
                    "file://" + run_of]], stdout=back))
    if subprocess.run(["cmp", "-s", back, path]).returncode != 0:
        raise compare.Different("nf-stage cat: not what was put")
    entries = [Contender("nf-stage put file://", put, megabytes, after=clean,
                         exactness=compare.EXACT)]
    clean(None)
    for name, command in (("Python json.loads + gzip 1", python),
                          ("jq -c . | gzip -1", shell)):
        bench.run(Run([command], stdin=path))
        with open(back, "wb") as f:
            subprocess.run(["gzip", "-dc", out], stdout=f, check=True)
        exact = compare.same(path, back)
        clean(None)
        entries.append(Contender(
            name, lambda c=command: Run([c], stdin=path), megabytes,
            after=clean, exactness=exact))
    return race(bench, "stage", "nf-stage put to file://", "MB", entries,
                f"{count} small invoices, {megabytes:.1f} MB, gzip level 1, "
                "fsync")

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
    if os.path.exists(bench.venv("jaq")):
        found[version(bench.venv("jaq"))] = (
            [bench.venv("jaq"), "-c", "-f", bench.peer(f"{kind}.jq")], True)
    if os.path.exists(bench.bin("bloblang")):
        found["bloblang 4.27"] = (
            [bench.bin("bloblang"), bench.peer(f"{kind}.blobl")], True)
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
             "/dev/fd/1"], False)
    return found


def version(command):
    text = subprocess.run([command, "--version"], capture_output=True,
                          text=True, check=True).stdout.split("\n")[0]
    found = re.search(r"[0-9]+(\.[0-9]+)+", text)
    name = os.path.basename(command)
    return f"{name} {found.group() if found else ''}".strip()


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


def shipped(bench, name, count):
    """A mapping that people have, against what 0.1.0 needed for it; both
    with the mapping as 0.1.0 had it, if it is another today."""
    path = bench.sample(count) if name == "nfe-4.00" else \
        bench.data("small", count)
    megabytes = os.path.getsize(path) / 1e6
    today = os.path.join(bench.root, "mappings", name + ".json")
    before = bench.old(f"mappings/{name}.json")
    have_old = os.path.exists(bench.old("build/nf-transform"))
    mapping = before if have_old else today

    def command(tool, mapping):
        return [tool, "-m", mapping, "--ts", TS]

    ours = command(bench.tool("nf-transform"), mapping)
    contenders = [Contender("nf-transform", lambda: Run([ours], stdin=path),
                            megabytes, exactness=compare.EXACT)]
    if have_old:
        old = command(bench.old("build/nf-transform"), mapping)
        a, b = bench.path("ours"), bench.path("theirs")
        bench.run(Run([ours], stdin=path, stdout=a))
        bench.run(Run([old], stdin=path, stdout=b))
        contenders.append(Contender(
            "nf-transform 0.1.0", lambda: Run([old], stdin=path), megabytes,
            exactness=compare.same(a, b)))
        with open(today, "rb") as f, open(before, "rb") as g:
            if f.read() != g.read():
                now = command(bench.tool("nf-transform"), today)
                contenders.append(Contender(
                    "nf-transform, today's mapping",
                    lambda: Run([now], stdin=path), megabytes,
                    exactness="more cells"))
    what = "NF-e of the samples, again and again" if name == "nfe-4.00" \
        else "small invoices"
    return race(bench, f"transform-{name}", f"nf-transform -m {name}", "MB",
                contenders, f"{count} {what}, {megabytes:.1f} MB, one core")


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
    """A null server for as many runs as wanted.  Behind TLS it is a service,
    not an emulator, and clients need a token and trusted certificates."""

    def __init__(self, bench, digest=False, tls=False):
        command = [bench.bin("nullbigtable")]
        if tls:
            command += ["-tls", bench.certificate()]
        self.server = Server(command + (["-digest"] if digest else []))
        self.env = {"BIGTABLE_EMULATOR_HOST": self.server.address}
        if tls:
            self.env = {"NF_BIGTABLE_ENDPOINT": self.server.address,
                        "NF_CA": bench.authority(),
                        "NF_CRED_HOSTS": self.server.address,
                        "NF_TOKEN_FILE": bench.token(),
                        "SSL_CERT_FILE": bench.authority()}
        self.port = self.server.address.rsplit(":", 1)[1]

    def close(self):
        """What it was sent."""
        self.server.__exit__()
        return json.loads(self.server.said)


def cells_of(bench, commands, path, tls):
    """Run once against a server that sums up; commands(target) -> list."""
    target = Target(bench, digest=True, tls=tls)
    try:
        bench.run(Run(commands(target), stdin=path, env=target.env))
    finally:
        said = target.close()
    return said


def raced_loads(bench, name, title, unit, path, work, contenders, note,
                repeats=None, sampled=False, tls=False):
    """contenders: name -> commands(target); ours first.  Compare, then
    race.  sampled: as in Run."""
    ours = None
    target = Target(bench, tls=tls)
    entries = []
    try:
        for label, commands in contenders.items():
            said = cells_of(bench, commands, path, tls)
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


def load_tls(bench, count):
    """The same over TLS, as a real Bigtable is loaded."""
    path = bench.data("mutations", count)
    return raced_loads(
        bench, "load-tls", "nf-load over TLS", "1M rows", path, count / 1e6, {
            "nf-load": lambda t: [load_command(bench)],
            "Go ApplyBulk + encoding/json": lambda t: [
                [bench.bin("applybulk"), "-endpoint", t.server.address]],
        }, f"{count} rows of three cells as above; the null server has a "
        "certificate of an authority made for this run", tls=True)


def sqlite(bench, count):
    """Rows in no order into SQLite, against 0.1.0."""
    path = bench.data("salted", count)
    db = bench.path("salted.db")

    def load(tool):
        def make():
            clean(None)
            bench.run(Run([[bench.tool("nf-load"), "create", "-t", "bench",
                            "-f", "nf", "sqlite:" + db]]))
            return Run([[tool, "sqlite:" + db]], stdin=path)
        return make

    def clean(run):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(db + end):
                os.unlink(db + end)

    contenders = [Contender("nf-load", load(bench.tool("nf-load")),
                            count / 1e6, after=clean)]
    if os.path.exists(bench.old("build/nf-load")):
        contenders.append(Contender(
            "nf-load 0.1.0", load(bench.old("build/nf-load")), count / 1e6,
            after=clean))
    return race(bench, "sqlite-salted", "nf-load into SQLite, keys in no "
                "order", "1M rows", contenders,
                f"{count} rows of three cells, keys as a hash spreads them",
                repeats=min(3, bench.repeats))


def load_python(bench, count):
    path = bench.data("mutations", count)
    return raced_loads(
        bench, "load-python", "nf-load against Python's data client",
        "1M rows", path, count / 1e6, {
            "nf-load": lambda t: [load_command(bench)],
            "Python data client": lambda t: [
                [bench.python, bench.peer("load_python.py")]],
        }, f"{count} rows of three cells from NDJSON; start-up counts")


def fetch_tls(bench, pages):
    """The same over TLS, as people fetch."""
    return fetch(bench, pages, tls=True)


def fetch(bench, pages, tls=False):
    """Follow Link headers over all pages, no latency."""
    path = bench.data("small", pages * 100)
    serve = [bench.bin("pages")]
    serve += ["-tls", bench.certificate()] if tls else []
    env = {"NF_CA": bench.authority(),
           "REQUESTS_CA_BUNDLE": bench.authority()} if tls else {}
    with Server(serve + [path]) as server:
        url = server.address + "/"
        ours = [bench.tool("nf-fetch"), url]
        theirs = [bench.python, bench.peer("fetch_requests.py"), url]
        a, b = bench.path("ours"), bench.path("theirs")
        bench.run(Run([ours], stdout=a, env=env))
        if subprocess.run(["cmp", "-s", a, path]).returncode != 0:
            raise compare.Different("nf-fetch: not what the API served")
        bench.run(Run([theirs], stdout=b, env=env))
        exact = compare.same(a, b)
        return race(bench, "fetch-tls" if tls else "fetch",
                    "nf-fetch over TLS" if tls else "nf-fetch to NDJSON",
                    "1000 pages", [
            Contender("nf-fetch", lambda: Run([ours], env=env), pages / 1000,
                      exactness=compare.EXACT),
            Contender("Python requests + json",
                      lambda: Run([theirs], env=env), pages / 1000,
                      exactness=exact),
        ], f"{pages} pages of 100 small invoices, Link headers, loopback"
            + (", a certificate of an authority made for this run; nf-fetch "
               "speaks HTTP/2, requests HTTP/1.1" if tls else ""))


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
                    f"{pages} pages; wall time counts here",
                    repeats=min(3, bench.repeats))


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

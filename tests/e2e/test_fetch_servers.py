# SPDX-License-Identifier: Apache-2.0
"""nf-fetch against API servers that others wrote, of pinned versions: 250
invoices whole; with a slip in the next pointer; with a wrong parameter; killed
in the middle and resumed while the list moves.

The usual run takes Django REST framework and Datasette; NF_TORTURE=full takes
all that can be had (pip, npm, mvn), and names those that cannot."""

import decimal
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import CACHE, FULL, ROOT, free_port

N = 250
REAL = ROOT / "tests/server/real"
FULL_ONLY = pytest.mark.skipif(not FULL, reason="NF_TORTURE=full")
DRF = ["Django==4.2.16", "djangorestframework==3.15.2",
       "djangorestframework-jsonapi==7.0.2"]
RELAY = ["strawberry-graphql==0.243.1", "uvicorn==0.30.6", "fastapi==0.115.0",
         "fastapi-pagination==0.12.30", "pydantic==2.9.2",
         "graphql-core==3.2.4"]
CAP = ["@sap/cds@8.9.1", "@cap-js/sqlite@1.11.0", "express@4.21.2"]


def amount(i):
    return decimal.Decimal(i * 1000003) / 100


def install(name, *commands):
    """Run them once in a folder of the cache; skip by name if one fails."""
    folder = CACHE / "servers" / name
    if (folder / "done").exists():
        return folder
    if (folder / "failed").exists():
        pytest.skip(f"{name}: cannot be had here")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        try:
            subprocess.run(command, cwd=folder, check=True, timeout=900,
                           stdin=subprocess.DEVNULL, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            (folder / "failed").touch()
            pytest.skip(f"{name}: cannot be had here")
    (folder / "done").touch()
    return folder


def python(name, packages):
    folder = install(name, [sys.executable, "-m", "venv", "venv"],
                     ["venv/bin/pip", "install", "-q", *packages])
    return str(folder / "venv/bin/python")


def npm(name, *packages):
    return install(name, ["npm", "install", "--no-audit", "--no-fund",
                          "--prefix", ".", *packages]) / "node_modules"


class Server:
    """A process that serves; ask() talks to it without nf-fetch."""

    def __init__(self, command, folder, ready, port):
        self.base = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.process = subprocess.Popen(
            [str(c) for c in command], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1200):  # Spring takes its time
            try:
                self.ask(ready)
                return
            except OSError:
                assert self.process.poll() is None, command
                time.sleep(0.1)
        self.stop()
        raise AssertionError(f"{command}: does not answer")

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read()

    def stop(self):
        self.process.kill()
        self.process.wait()


def drf(folder, port):
    return Server([python("drf", DRF), REAL / "drf.py", port, N], folder,
                  "/page/", port)


def relay(folder, port):
    return Server([python("relay", RELAY), REAL / "relay.py", port, N],
                  folder, "/pages", port)


def rows():
    return [{"id": i, "valor": str(amount(i))} for i in range(1, N + 1)]


def json_server(name, version, binary):
    def start(folder, port):
        where = npm(name, f"json-server@{version}")
        (folder / "db.json").write_text(json.dumps({"notas": rows()}))
        return Server(["node", where / "json-server" / binary, "--port", port,
                       "db.json"], folder, "/notas?_page=1", port)
    return start


def couchdb(folder, port):
    where = npm("pouchdb-server", "pouchdb-server@4.2.0")
    server = Server(["node", where / "pouchdb-server/bin/pouchdb-server",
                     "--in-memory", "--port", port], folder, "/", port)
    server.ask("/notas", "PUT")
    server.ask("/notas/_bulk_docs", "POST", {"docs": [
        {"_id": f"{r['id']:06}", **r} for r in rows()]})
    return server


def delete_doc(server, i):
    path = f"/notas/{i:06}"
    rev = json.loads(server.ask(path))["_rev"]
    server.ask(f"{path}?rev={rev}", "DELETE")


def cap(folder, port):
    where = npm("cap", *CAP)
    (folder / "node_modules").symlink_to(where)
    (folder / "package.json").write_text(json.dumps({
        "name": "notas", "dependencies": {"@sap/cds": "*"},
        "cds": {"requires": {"db": {
            "kind": "sqlite", "credentials": {"url": ":memory:"}},
            "auth": "dummy"}}}))
    (folder / "srv").mkdir()
    (folder / "srv/notas.cds").write_text("""\
@cds.query.limit: {default: 40, max: 40}
@path: '/o'
service S { entity Notas { key id: Integer; valor: Decimal(20,2); } }
""")
    (folder / "db/data").mkdir(parents=True)
    (folder / "db/data/S-Notas.csv").write_text("id;valor\n" + "".join(
        f"{r['id']};{r['valor']}\n" for r in rows()))
    return Server(["node", where / "@sap/cds/bin/serve.js", "all", "--port",
                   port], folder, "/o/Notas?$top=1", port)


def datasette(folder, port):
    with sqlite3.connect(folder / "nf.db") as db:
        db.execute("create table notas (id integer primary key, valor text)")
        db.executemany("insert into notas values (:id, :valor)", rows())
    command = python("datasette", ["datasette==0.65.1"])
    return Server([command, "-m", "datasette", "nf.db", "-p", port], folder,
                  "/nf/notas.json", port)


def delete_row(server, i):
    with sqlite3.connect(server.folder / "nf.db") as db:
        db.execute("delete from notas where id = ?", [i])


def spring(folder, port):
    where = CACHE / "servers/spring/project"
    install("spring", ["cp", "-r", str(REAL / "spring"), "project"],
            ["mvn", "-q", "-B", "-f", "project/pom.xml", "package"])
    return Server(["java", "-jar", where / "target/notas-1.jar",
                   f"--server.port={port}", f"--rows={N}",
                   "--spring.data.rest.default-page-size=40"], folder,
                  f"/notas/{N}", port)


QUERY = ("query($after: String) { notas(first: 40, after: $after) { "
         "pageInfo { hasNextPage endCursor } "
         "edges { node { id: id_ valor } } } }")


# A kind of server: how it starts, what is asked, where in a record the
# invoice is; the same with a slip in the next pointer, and with a parameter
# that the API does not know (or a page that it does not go beyond); how one
# is taken out of the list, and whether nf-fetch may go on from a mark.
class Kind:
    def __init__(self, start, path, source, inside=None, slip=None,
                 wrong=None, delete=None, marks=False):
        self.start, self.path, self.source = start, path, source
        self.inside, self.slip, self.wrong = inside, slip, wrong
        self.delete, self.marks = delete, marks

    def make(self, server, change=None):
        source = json.loads(json.dumps(self.source))
        source["url"] = server.base + self.path
        for key, value in (change or {}).items():
            at = source
            *above, last = key.split("/")
            for name in above:
                at = at[name]
            at[last] = value
        return source


def by_next(pointer, records, **more):
    return {"records": records, "paginate": {"type": "next", "from": pointer},
            **more}


SLIP = {"paginate/from": "/links/nxt"}
KINDS = {
    "drf-page": Kind(
        drf, "/page/", by_next("/next", "/results", total="/count"),
        slip=SLIP, delete="/page/{}/", wrong={"paginate": {
            "type": "page", "param": "pagina"}}),
    "drf-offset": Kind(
        drf, "/offset/", {"records": "/results", "paginate": {
            "type": "offset", "size": 40, "size_param": "limit"},
            "total": "/count"},
        slip={"paginate": {"type": "next", "from": "/nxt"}},
        wrong={"paginate/param": "inicio"}, delete="/offset/{}/"),
    "drf-cursor": Kind(
        drf, "/cursor/", by_next("/next", "/results", stable=True),
        slip=SLIP, wrong={"paginate": {"type": "page", "param": "pagina"}},
        delete="/cursor/{}/", marks=True),
    "drf-jsonapi": Kind(
        drf, "/jsonapi/", by_next("/links/next", "/data",
                                  total="/meta/pagination/count"),
        inside="attributes", slip=SLIP, delete="/page/{}/",
        wrong={"paginate": {"type": "page", "param": "page[nummer]"}}),
    "relay": Kind(
        relay, "/graphql", {
            "records": "/data/notas/edges", "method": "POST",
            "idempotent": True, "body": {"json": {
                "query": QUERY, "variables": {"after": "{cursor}"}}},
            "paginate": {"type": "cursor",
                         "from": "/data/notas/pageInfo/endCursor",
                         "more": "/data/notas/pageInfo/hasNextPage"}},
        inside="node", delete="/notas/{}",
        slip={"paginate": {"type": "cursor",
                           "from": "/data/notas/pageInfo/end_cursor"}},
        wrong={"body/json/variables": {"depois": "{cursor}"}}),
    "fastapi-pagination": Kind(
        relay, "/pages?size=40", {
            "records": "/items", "paginate": {"type": "page"},
            "total": "/total"},
        slip={"paginate": {"type": "next", "from": "/nxt"}},
        wrong={"paginate/param": "pagina"}, delete="/notas/{}"),
    "datasette": Kind(
        datasette, "/nf/notas.json?_shape=objects&_size=40", {
            "records": "/rows", "paginate": {
                "type": "next", "from": "/next_url", "cursor": "key"}},
        slip={"paginate/from": "/nxt_url"}, delete=delete_row, marks=True,
        wrong={"paginate": {"type": "page", "param": "_pagina"}}),
    "json-server-0": Kind(
        json_server("json-server-0", "0.17.4", "lib/cli/bin.js"),
        "/notas?_page=1&_limit=40", {"paginate": {"type": "link"},
                                     "total": "X-Total-Count"},
        slip={"paginate": {"type": "next", "from_header": "Lynk"}},
        wrong={"paginate": {"type": "page", "param": "_pagina"}},
        delete="/notas/{}"),
    "json-server-1": Kind(
        json_server("json-server-1", "1.0.0-beta.3", "lib/bin.js"),
        "/notas?_page=1&_per_page=40", {
            "records": "/data", "total": "/items",
            "paginate": {"type": "page", "param": "_page",
                         "total_pages": "/pages"}},
        slip={"paginate": {"type": "cursor", "from": "/nxt",
                           "param": "_page"}},
        wrong={"paginate/param": "_pagina"}, delete="/notas/{}"),
    "couchdb": Kind(
        couchdb, "/notas/_all_docs?include_docs=true&limit=40", {
            "records": "/rows", "paginate": {
                "type": "offset", "param": "skip"}, "total": "/total_rows"},
        inside="doc", slip={"paginate": {"type": "next", "from": "/nxt"}},
        wrong={"paginate/param": "pular"}, delete=delete_doc),
    "cap": Kind(
        cap, "/o/Notas?$count=true", by_next("/@odata.nextLink", "/value",
                                             total="/@odata.count"),
        slip={"paginate/from": "/odata.nextLink"}, delete="/o/Notas({})",
        wrong={"paginate": {"type": "page", "param": "$pagina"}}),
    "spring": Kind(
        spring, "/notas", by_next("/_links/next/href", "/_embedded/notas",
                                  total="/page/totalElements"),
        slip={"paginate/from": "/_links/nxt/href"}, delete="/notas/{}",
        wrong={"paginate": {"type": "page", "param": "pagina"}}),
}
USUAL = {"drf-page", "drf-cursor", "datasette"}
ALL = [pytest.param(k, id=k, marks=() if k in USUAL else FULL_ONLY)
       for k in KINDS]


@pytest.fixture
def served(request, tmp_path):
    kind = KINDS[request.param]
    server = kind.start(tmp_path, free_port())
    yield kind, server
    server.stop()


def fetch(tools, source, *args, **kwargs):
    (tools.folder / "source.json").write_text(json.dumps(source))
    return tools.run("nf-fetch", "--seal", *args, "-s", "source.json",
                     **kwargs)


def invoices(kind, lines):
    """id -> amount of the record lines, by the digits in them."""
    found = {}
    for line in lines:
        if line.startswith('{"$nf"'):
            continue
        record = json.loads(line, parse_float=decimal.Decimal)
        one = record[kind.inside] if kind.inside else record
        i = one.get("id") or one.get("numero") or record.get("id")
        assert int(i) not in found
        found[int(i)] = decimal.Decimal(one["valor"])
    return found


@pytest.mark.parametrize("served", ALL, indirect=True)
def test_server(tools, served):
    """All of it with one start of the server."""
    kind, server = served
    want = {i: amount(i) for i in range(1, N + 1)}
    done = fetch(tools, kind.make(server), check=0)
    lines = done.stdout.splitlines()
    assert invoices(kind, lines) == want
    assert json.loads(lines[-1])["records"] == N
    assert kind.marks == any('"mark"' in line for line in lines)
    # A slip in the next pointer: nothing is taken for all.
    done = fetch(tools, kind.make(server, kind.slip))
    assert done.returncode == 78, done.stderr
    assert '"end"' not in done.stdout
    # A parameter that the API does not know: it ends, and not well.
    done = fetch(tools, kind.make(server, kind.wrong), "--set", "/timeouts/retry_base=1ms",
                 timeout=30)
    assert done.returncode in (65, 69, 75, 78), done.stderr
    assert '"end"' not in done.stdout
    killed_and_resumed(tools, kind, server, want)


def killed_and_resumed(tools, kind, server, want):
    """What was there all the time is there in the end, once."""
    (tools.folder / "source.json").write_text(json.dumps(kind.make(server)))
    begun = tools.start("nf-fetch", "--seal", "--prefetch", "1", "--rate",
                        "5/s", "-s", "source.json", encoding="utf-8")
    lines = []
    while sum(not x.startswith('{"$nf"') for x in lines) < 100:
        lines.append(begun.stdout.readline())
        assert lines[-1], begun.stderr.read()
    begun.send_signal(signal.SIGKILL)
    lines += begun.stdout.read().splitlines()
    begun.wait()
    marks = [i for i, x in enumerate(lines) if '"$nf":"mark"' in x]
    args, kept = [], []
    if marks:
        mark = lines[marks[-1]].strip()
        args = ["--resume", mark[mark.index('"cursor":') + 9:-1]]
        kept = lines[:marks[-1]]
    assert bool(marks) == kind.marks
    if kind.delete:  # one that came, and one that did not yet
        for i in 7, 240:
            if callable(kind.delete):
                kind.delete(server, i)
            else:
                server.ask(kind.delete.format(i), "DELETE")
            want.pop(i)
    done = fetch(tools, kind.make(server), *args, check=0)
    before = invoices(kind, [x for x in kept if x.strip()])
    after = invoices(kind, done.stdout.splitlines())
    assert not set(before) & set(after)
    got = {**before, **after}
    assert {i: got.get(i) for i in want} == want
    assert set(got) - set(want) <= {7, 240}  # json-server 1 may forget one

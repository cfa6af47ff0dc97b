# SPDX-License-Identifier: Apache-2.0
"""nf-fetch against an API server that others wrote: Datasette, of PyPI."""

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import CACHE, free_port

VERSION = "datasette==0.65.1"
ROWS = 1234


@pytest.fixture(scope="module")
def datasette(tmp_path_factory):
    """Its address; a database of invoices with ROWS rows, 100 a page."""
    venv = CACHE / "datasette"
    if not (venv / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", VERSION],
                       check=True)
        (venv / "done").touch()
    folder = tmp_path_factory.mktemp("datasette")
    with sqlite3.connect(folder / "nf.db") as db:
        db.execute("create table notas (id integer primary key, v text)")
        db.executemany("insert into notas values (?, ?)",
                       [(i, f"{i}.00 á\n\"") for i in range(ROWS)])
    port = free_port()
    with subprocess.Popen(
            [venv / "bin" / "datasette", "nf.db", "-p", str(port)],
            cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as server:
        base = f"http://127.0.0.1:{port}/nf/notas.json"
        for _ in range(300):
            try:
                urllib.request.urlopen(base).read()
                break
            except OSError:
                time.sleep(0.1)
        yield base
        server.kill()


WALKS = [
    ("_shape=array", ["-p", "link"]),
    ("_shape=objects", ["--records", "/rows", "-p", "next", "--next",
                        "/next_url"]),
    ("_shape=objects", ["--records", "/rows", "-p", "cursor", "--next",
                        "/next", "--cursor-param", "_next", "--total",
                        "/filtered_table_rows_count", "--set", "/unique=/id"]),
]


@pytest.mark.parametrize("shape,args", WALKS)
def test_whole_walk(tools, datasette, shape, args):
    """Its ids are dense, so what leads on looks like a place in the list."""
    done = tools.run("nf-fetch", "--seal", "-v", *args,
                     f"{datasette}?{shape}", check=0)
    assert '"mark"' not in done.stdout and "select other records" in done.stderr
    (tools.folder / "s.json").write_text(json.dumps({"paginate": {
        "type": args[args.index("-p") + 1], "cursor": "key"}}))
    args = ["-s", "s.json", *args]
    done = tools.run("nf-fetch", "--seal", *args, f"{datasette}?{shape}",
                     check=0)
    lines = done.stdout.splitlines()
    rows = [json.loads(line) for line in lines
            if not line.startswith('{"$nf"')]
    assert rows == [{"id": i, "v": f"{i}.00 á\n\""} for i in range(ROWS)]
    marks = [line for line in lines if line.startswith('{"$nf":"mark"')]
    assert len(marks) == 12
    cursor = marks[5][len('{"$nf":"mark","cursor":'):-1]
    rest = tools.run("nf-fetch", "--seal", "--resume", cursor, *args,
                     f"{datasette}?{shape}", check=0).stdout.splitlines()
    assert rest[1:-1] == lines[lines.index(marks[5]) + 1:-1]


def test_wrong_questions(tools, datasette):
    done = tools.run("nf-fetch", f"{datasette}?_shape=objects")
    assert done.returncode == 78 and "--records" in done.stderr
    missing = datasette.replace("notas", "nope")
    assert tools.run("nf-fetch", missing).returncode == 69

# SPDX-License-Identifier: Apache-2.0
"""The decision table of nf-pipeline(7): stage x fault -> what is left, what
to do.  Each row is made to happen; the manual must have these rows.

A fault is a generator: what stands before its yield breaks something, what
stands after it fixes that.  The next action follows from the exit code alone,
as the manual says, and is tried: where the same command again will do, it is
run again with the fault gone by itself; where something is to be fixed, it
must fail in the same way until that is done.
"""

import re
import sqlite3
import threading

import pytest

from chain import Chain
from conftest import RELATIONAL, ROOT, make_invoice

FOR_GOOD = (64, 65, 69, 77, 78)
FAULTS = {}


def fault(stage, what):
    def keep(function):
        FAULTS[f"{stage}: {what}"] = function
        return function
    return keep


class World:
    """A chain whose parts can be broken."""

    def __init__(self, tools, api, shim):
        self.tools = tools
        self.shim = shim
        self.server = api([make_invoice(n) for n in range(1, 41)],
                          per_page=10)
        self.mapping = tools.folder / "mapping.json"
        self.mapping.write_text(RELATIONAL.read_text())
        self.run = tools.folder / "run"
        self.db = tools.folder / "t.db"
        self.chain = Chain(
            tools, self.server.url, f"file://{self.run}",
            f"sqlite:{self.db}", str(self.mapping),
            fetch=["--tries=2", "--set=/timeouts/retry_base=10ms"])
        self.chain.create()

    def answer(self, status, text="{}"):
        """Have the third page answered so."""
        def before(handler, path, query):
            if query.get("page") == "3":
                handler.answer(status, text)
                return True
            return False

        self.server.before = before

    def commit(self):
        self.tools.run("pipeline.sh", "fetch", "--from", self.server.url,
                       "--stage", self.chain.stage, check=0)

    def wrap(self, tool, verb, command):
        """Put this shell command, $0 being the tool, in a tool's place."""
        folder = self.tools.folder / "bin"
        folder.mkdir()
        for name in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
            (folder / name).symlink_to(self.tools.path(name))
        (folder / tool).unlink()
        (folder / tool).write_text(
            f"#!/bin/bash\nset -- '{self.tools.path(tool)}' \"$@\"\n"
            f"case $2 in {verb}) ;; *) exec \"$@\" ;; esac\n{command}\n")
        (folder / tool).chmod(0o755)
        self.chain.env = {"NF_BIN": str(folder)}

    def unwrap(self):
        self.chain.env = {}

    def full(self, tool, verb, call):
        self.wrap(tool, verb,
                  f"LD_PRELOAD='{self.shim}' NF_FAULT='{call}' exec \"$@\"")

    def killed(self, tool, verb, when="sleep 0.3"):
        """kill -9 once it has taken or given something; the rest waits."""
        self.wrap(tool, verb, f"head -c 1500 | {{ \"$@\" & {when};"
                  " kill -9 $!; wait $!; } 2> /dev/null; kill -9 $$")

    def state(self):
        done = self.tools.run("pipeline.sh", "status", "--stage",
                              self.chain.stage)
        return re.search(r'"state":"(\w+)"', done.stdout)[1]


@fault("fetch", "the API fails (5xx) past retries")
def api_down(w):
    w.answer(503)
    yield
    w.server.before = None


@fault("fetch", "the API has no such page (404)")
def api_gone(w):
    w.server.before = lambda handler, path, query: bool(
        handler.answer(404, "{}") or True)
    yield
    w.server.before = None


@fault("fetch", "the API refuses us (401, 403)")
def api_refuses(w):
    w.answer(403)
    yield
    w.server.before = None


@fault("fetch", "an answer is not JSON")
def api_talks_html(w):
    w.answer(200, "<html>maintenance</html>")
    yield
    w.server.before = None


@fault("fetch", "killed")
def fetch_killed(w):
    w.wrap("nf-fetch", "*", "\"$@\" | head -c 1500; kill -9 $$")
    yield
    w.unwrap()


@fault("put", "the staging disk is full")
def staging_full(w):
    w.full("nf-stage", "put", "fsync=1+:28")
    yield
    w.unwrap()


@fault("put", "the staging place is not writable")
def staging_is_a_file(w):
    w.run.write_text("not a folder")
    yield
    w.run.unlink()


@fault("put", "another pipeline commits first")
def twin(w):
    gate, reached = threading.Event(), threading.Event()

    def before(handler, path, query):
        if query.get("page") == "3" and not reached.is_set():
            reached.set()
            gate.wait(60)
        return False

    def other():
        reached.wait(60)
        w.server.records.insert(0, make_invoice(99))
        w.commit()
        gate.set()

    w.server.before = before
    thread = threading.Thread(target=other)
    thread.start()
    yield
    thread.join()


@fault("put", "killed")
def put_killed(w):
    w.killed("nf-stage", "put",
             f"until [ -e '{w.run}/_nf/run.json' ]; do sleep 0.01; done")
    yield
    w.unwrap()


@fault("cat", "a part is gone")
def part_gone(w):
    w.commit()
    part = min(w.run.glob("*.ndjson*"))
    content = part.read_bytes()
    part.unlink()
    yield
    part.write_bytes(content)


@fault("cat", "a part was changed")
def part_changed(w):
    w.commit()
    part = min(w.run.glob("*.ndjson*"))
    content = part.read_bytes()
    part.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    yield
    part.write_bytes(content)


@fault("transform", "the mapping is wrong")
def bad_mapping(w):
    w.commit()
    good = w.mapping.read_text()
    w.mapping.write_text(good.replace('"key"', '"kez"', 1))
    yield
    w.mapping.write_text(good)


@fault("transform", "a record is refused, no --reject")
def bad_record(w):
    w.commit()
    good = w.mapping.read_text()
    w.mapping.write_text(good.replace("{/NFeID|", "{/NFeKey|"))
    yield
    w.mapping.write_text(good)


@fault("transform", "killed")
def transform_killed(w):
    w.commit()
    w.killed("nf-transform", "*")
    yield
    w.unwrap()


@fault("load", "the table does not exist")
def no_table(w):
    w.commit()
    w.db.unlink()
    yield
    w.chain.create()


@fault("load", "the table's disk is full")
def table_full(w):
    w.commit()
    w.full("nf-load", "apply", "fsync=1+:28,write=3+:28")
    yield
    w.unwrap()


@fault("load", "another process holds the table")
def table_locked(w):
    w.commit()
    other = sqlite3.connect(w.db, isolation_level=None)
    other.execute("begin exclusive")
    yield
    other.execute("rollback")
    other.close()


@fault("load", "killed")
def load_killed(w):
    w.commit()
    w.killed("nf-load", "apply")
    yield
    w.unwrap()


def manual():
    """{"stage: fault": (exit code, state, action)} as nf-pipeline(7) says."""
    text = (ROOT / "man" / "nf-pipeline.7").read_text()
    table = text[text.index(".Bl -column"):]
    rows = {}
    for line in table[:table.index("\n.El")].splitlines()[2:]:
        stage, what, code, state, action = line[4:].split(" Ta ")
        rows[f"{stage}: {what}".replace("\\&", "")] = (
            int(code), state, action)
    return rows


@pytest.mark.parametrize("name", FAULTS)
def test_decision(name, tools, api, shim):
    w = World(tools, api, shim)
    breaking = FAULTS[name](w)
    next(breaking)
    done = w.chain.run()
    assert done.summary["failed"] == name.split(":")[0], done.stderr
    for_good = done.returncode in FOR_GOOD
    if for_good:
        assert w.chain.run().returncode == done.returncode
    assert next(breaking, None) is None
    state = w.state()
    w.chain.run(check=0)
    assert w.chain.records() == w.server.records
    assert w.chain.table("invoices", "items") == w.chain.clean_load(
        "invoices", "items")
    assert manual().get(name) == (done.returncode, state,
                                  "fix" if for_good else "again")


def test_every_row_is_tried():
    assert sorted(manual()) == sorted(FAULTS)

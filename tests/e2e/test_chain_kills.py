# SPDX-License-Identifier: Apache-2.0
"""kill -9 of any process of the chain, at moments spread evenly over it.

The victim is one of the tools, pipeline.sh itself, whose tools then go on
without it as a twin of the next attempt, or everything at once.  The same
command again, and the table is what one clean load of the committed run
makes.  NF_TORTURE=full is the long form; pytest -s says what was killed.
"""

import collections
import json
import os
import pathlib
import random
import signal
import time

import pytest

from chain import Chain
from conftest import FULL, RELATIONAL, Bigtable, make_invoice

TABLES = ("invoices", "items")
CURSOR = ("--paginate", "cursor", "--cursor-param", "cursor",
          "--next", "/next", "--records", "/data")
PAGES, PER_PAGE = 24, 5
PACE = 0.004
KILLS = {"emulators": 500 if FULL else 8, "files": 500 if FULL else 8}
SEED = int(os.environ.get("NF_SEED", time.time_ns() % 10 ** 6 if FULL else 9))


class Files:
    """A staged run in a folder, a table in a file."""

    env = {}

    def __init__(self, folder, name):
        self.stage = f"file://{folder}/{name}"
        self.path = folder / f"{name}.db"
        self.target = f"sqlite:{self.path}"

    def remove(self):
        for path in self.path.parent.glob(self.path.name + "*"):
            path.unlink()


class Emulators:
    """A staged run in a bucket, tables in Google's emulator."""

    def __init__(self, storage, host, name, client):
        self.bigtable = Bigtable(host)
        self.stage = f"{storage.uri}/{name}"
        self.target = self.bigtable.uri
        self.env = {**storage.env, **self.bigtable.env}
        self.admin = client.table_admin_client

    def remove(self):
        for table in TABLES:
            self.admin.delete_table(
                name=f"projects/{self.bigtable.project}/instances/"
                f"{self.bigtable.instance}/tables/{table}")


@pytest.fixture(params=["files", "emulators"])
def places(request, tmp_path):
    """The kind, and a function that gives a new place each time."""
    if request.param == "files":
        return "files", lambda name: Files(tmp_path, name)
    storage = request.getfixturevalue("fake_gcs")
    bigtable = request.getfixturevalue("bigtable")
    client = bigtable.client()
    return "emulators", lambda name: Emulators(storage, bigtable.host, name,
                                               client)


def session(sid):
    """The living processes of a session as {pid: what it is}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            words = (entry / "cmdline").read_text(
                errors="replace").split("\0")
        except OSError:
            continue
        state, _, _, owner = stat[stat.rindex(")") + 2:].split()[:4]
        if int(owner) != sid or state == "Z":
            continue
        name = os.path.basename(words[0])
        if name == "nf-stage":
            name += " " + words[1]
        found[int(entry.name)] = name
    return found


def wait_for(sid):
    """A tool that lost its shell ends by itself."""
    deadline = time.monotonic() + 120
    while left := session(sid):
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def start(chain):
    return chain.tools.start("pipeline.sh", *chain.args(
        "--stage-arg", "--part-records=20", "--load-arg", "--batch-rows=10"),
        env=chain.env, stdout=-3, stderr=-3, start_new_session=True)


def kill(p, rng):
    """Kill something of a running chain; what it was, or None."""
    living = session(p.pid)
    if p.poll() is not None or not living:
        return None
    tools = [pid for pid, name in living.items() if name.startswith("nf-")]
    choice = rng.random()
    if choice < 0.15:
        os.killpg(p.pid, signal.SIGKILL)
        return "everything"
    if choice < 0.3 or not tools:
        p.kill()
        return "pipeline.sh"
    victim = rng.choice(sorted(tools))
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return living[victim]


def test_killed_anywhere(places, tools, api):
    kind, place = places
    kills = KILLS[kind]
    rng = random.Random(SEED)
    server = api([make_invoice(n, 1) for n in range(1, PAGES * PER_PAGE + 1)],
                 per_page=PER_PAGE)
    server.before = lambda *_: time.sleep(PACE)
    spans = collections.deque(maxlen=3)

    def make(name):
        at = place(name)
        chain = Chain(tools, server.base + "/cursor", at.stage, at.target,
                      RELATIONAL, at.env, fetch=CURSOR)
        chain.create()
        return at, chain

    def whole(name):
        at, chain = make(name)
        begun = time.monotonic()
        assert start(chain).wait() == 0
        spans.append(time.monotonic() - begun)
        at.remove()

    for i in range(3):
        whole(f"clean-{i}")
    killed, phases = collections.Counter(), collections.Counter()
    for i in range(kills):
        at, chain = make(f"run-{i}")
        p = start(chain)
        time.sleep((i + rng.random()) / kills * min(spans))
        name = kill(p, rng)
        killed[name or "too late"] += 1
        if name in ("pipeline.sh", None):
            # Those it started go on beside the next attempt.
            p.wait()
        else:
            assert p.wait() in (0, 75, 137, -signal.SIGKILL), (SEED, i, name)
        phases["committed" if chain.marked() == "committed" else
               "not yet"] += name is not None
        chain.finish(tries=10)
        wait_for(p.pid)
        assert chain.records() == server.records, (SEED, i, name)
        assert chain.table(*TABLES) == chain.clean_load(*TABLES), \
            (SEED, i, name)
        at.remove()
        if i % 20 == 19:
            whole(f"again-{i}")
    live = kills - killed["too late"]
    print(f"{kind}: seed {SEED}: {live} of {kills} kills hit a living chain "
          f"of {min(spans):.3f} s: {json.dumps(dict(killed))}; the run was "
          f"{json.dumps(dict(phases))}")
    assert live >= kills * (0.8 if FULL else 0.25)


@pytest.mark.parametrize("crash_at", [90, 92, 94])
def test_a_crash_costs_a_part(crash_at, tools, api):
    """After 90 of 100 pages and more: at most a part's are fetched again."""
    part = 5
    server = api([make_invoice(n) for n in range(1, 1001)], per_page=10)
    at = Files(tools.folder, "run")
    chain = Chain(tools, server.base + "/cursor", at.stage, at.target,
                  RELATIONAL, fetch=CURSOR)
    chain.create()
    size = ("--stage-arg", f"--part-records={part * 10}")
    p = chain.tools.start("pipeline.sh", *chain.args(*size), stdout=-3,
                          stderr=-3, start_new_session=True)
    held = []

    def hold(handler, path, query):
        if len(server.requests) <= crash_at:
            return False
        held.append(path)
        wait_for(p.pid)
        return True

    server.before = hold
    receipts = tools.folder / "run/_nf"
    deadline = time.monotonic() + 60
    while not held or len(list(receipts.glob("0*.json"))) < crash_at // part:
        assert time.monotonic() < deadline and p.poll() is None
        time.sleep(0.01)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    wait_for(p.pid)
    server.before = None
    assert len(server.requests) == crash_at + 1
    chain.run(*size, check=0)
    again = len(server.requests) - len(set(server.requests))
    print(f"killed at page {crash_at} of 100: {again} pages fetched again, "
          f"{part} are a part")
    assert len(set(server.requests)) == 100 and again <= part
    assert chain.records() == server.records
    assert chain.table(*TABLES) == chain.clean_load(*TABLES)

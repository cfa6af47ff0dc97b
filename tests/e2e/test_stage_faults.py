# SPDX-License-Identifier: Apache-2.0
"""Faults at every step of an upload or download: the whole object, or a clean
failure that the next run repairs."""

import random
import subprocess

import pytest

from conftest import FULL
from staging import ObjectRun, check, plain, put, records, stream
from storage import Storage

SMALL = records(200)
# Three chunks: the parts are not compressed.
LARGE = [b'{"n":%d,"x":"%s"}' % (i, b"%d" % (i % 10) * 65000)
         for i in range(300)]

STATUSES = (408, 429, 500, 502, 503, 504)
BROKEN = [("status", code) for code in STATUSES] + [
    ("refuse",), ("middle",), ("lost",), ("late", 503), ("stall", 0.2)]


@pytest.fixture
def storage():
    with Storage() as s:
        yield s


def at(op, n, fault):
    """The fault at the n-th request of op."""
    return lambda o, i, name: fault if (o, i) == (op, n) else None


def commits(tools, storage, rows, *args):
    run = ObjectRun(storage, "r")
    code, out, err = put(tools, run, stream(rows), *args, env=storage.env)
    assert code == 0, err
    assert plain(out) == rows
    assert tools.run("nf-stage", "verify", run.uri, env=storage.env).\
        returncode == 0
    return run


@pytest.mark.parametrize("fault", BROKEN, ids=str)
@pytest.mark.parametrize("op,n", [
    ("media", 1), ("multipart", 2), ("multipart", 3), ("multipart", 4)]
    + ([("media", 2), ("media", 3), ("multipart", 1)] if FULL else []))
def test_one_request_upload(tools, storage, op, n, fault):
    """run.json, parts, receipts and manifest, each with its answer lost."""
    storage.fault = at(op, n, fault)
    run = commits(tools, storage, SMALL)
    assert check(run, [SMALL]) == SMALL


CHUNKS = BROKEN + [("short", 0), ("short", 256 * 1024), ("short", 1000000),
                   ("gone", 404), ("gone", 410), ("status", 401),
                   ("status", 400), ("range", "bytes=0-99999999999"),
                   ("range", "bytes=5-6"), ("range", "rubbish")]


@pytest.mark.parametrize("fault", CHUNKS, ids=str)
@pytest.mark.parametrize("n", [1, 2, 3] if FULL else [2])
def test_chunks(tools, storage, n, fault):
    storage.fault = at("chunk", n, fault)
    run = commits(tools, storage, LARGE, "--plain", "--emit=records")
    name = [x for x in run.names() if x.startswith("part-")][0]
    assert run.read(name).splitlines() == LARGE


@pytest.mark.parametrize("fault", BROKEN + [("gone", 410), ("status", 401)],
                         ids=str)
def test_status_query(tools, storage, fault):
    """A chunk fails, and so does the question that follows."""
    storage.fault = lambda op, n, name: {
        ("chunk", 2): ("lost",), ("status", 1): fault}.get((op, n))
    commits(tools, storage, LARGE, "--plain")


@pytest.mark.parametrize("fault", BROKEN, ids=str)
def test_start_of_session(tools, storage, fault):
    storage.fault = at("start", 1, fault)
    commits(tools, storage, LARGE, "--plain")


def test_lost_final_answer_of_session(tools, storage):
    """The object is made, the answer lost, then the session forgotten."""
    storage.fault = lambda op, n, name: {
        ("chunk", 3): ("lost",), ("status", 1): ("status", 410)}.get((op, n))
    commits(tools, storage, LARGE, "--plain")
    starts = [x for x in storage.log if x[0] == "start"]
    assert len(starts) == 1


def test_twin_wins_during_session(tools, storage):
    """412 at the end: another has made the object; it is adopted."""
    made = {}

    def fault(op, n, name):
        if op == "chunk" and n == 2 and not made:
            data = b"".join(r + b"\n" for r in LARGE)
            made["it"] = storage.make("bucket", name, {}, {}, data, {})
        return None

    storage.fault = fault
    run = commits(tools, storage, LARGE, "--plain")
    part = [x for x in run.names() if x.startswith("part-")][0]
    assert str(storage.objects["bucket", "r/" + part]["generation"]) == \
        made["it"]["generation"]


def test_upload_that_never_gets_on(tools, storage):
    """308 for ever ends: time is bounded."""
    storage.fault = lambda op, n, name: ("short", 0) if op == "chunk" else \
        None
    run = ObjectRun(storage, "r")
    code, _, err = put(tools, run, stream(LARGE), "--plain",
                       "--retry-time=2s", env=storage.env)
    assert code == 75 and b"makes no progress" in err
    assert not [x for x in run.names() if x.startswith("part-")]
    storage.fault = None
    commits(tools, storage, LARGE, "--plain")


def test_sessions_that_are_lost_again_and_again(tools, storage):
    """What a new session is sent again is no progress: time is bounded."""
    storage.fault = lambda op, n, name: \
        ("gone", 410) if op == "chunk" and n % 2 == 0 else None
    run = ObjectRun(storage, "r")
    code, _, err = put(tools, run, stream(LARGE), "--plain",
                       "--retry-time=2s", env=storage.env)
    assert code == 75 and b"session is gone" in err
    storage.fault = None
    commits(tools, storage, LARGE, "--plain")


LASTING = [(op, code, want) for op in ("multipart", "media", "start", "chunk")
           for code, want in ((503, 75), (403, 77), (404, 78))
           # Not found: nothing there yet, a session that is begun again.
           if (op, code) not in (("media", 404), ("chunk", 404))]


@pytest.mark.parametrize("op,code,want", LASTING)
def test_lasting_failure(tools, storage, op, code, want):
    storage.fault = lambda o, n, name: ("status", code) if o == op else None
    run = ObjectRun(storage, "r")
    rows = LARGE if op in ("start", "chunk") else SMALL
    got, out, err = put(tools, run, stream(rows), "--plain",
                        "--retry-time=500ms", env=storage.env)
    assert got == want, err
    assert b'"$nf":"end"' not in out
    assert "_nf/manifest.json" not in run.names()
    storage.fault = None
    commits(tools, storage, rows, "--plain")


def test_lasting_failure_is_told(tools, storage):
    """Who waits for ten minutes must see why, without asking."""
    storage.fault = lambda op, n, name: ("status", 503)
    run = ObjectRun(storage, "r")
    p = tools.start("nf-stage", run.uri, stdin=subprocess.PIPE,
                    env=storage.env)
    p.stdin.write(stream(SMALL))
    p.stdin.close()
    p.stdin = None
    assert b"HTTP 503" in (line := p.stderr.readline()), line
    assert b"trying again" in line
    storage.fault = None
    out, err = p.communicate(timeout=300)
    assert p.returncode == 0, err
    assert plain(out) == SMALL
    assert err.count(b"\n") == 1, err  # the summary


@pytest.mark.parametrize("fault", [("cut",), ("unsized",), ("status", 503),
                                   ("refuse",), ("lost",)], ids=str)
def test_broken_download_goes_on(tools, storage, fault):
    run = commits(tools, storage, LARGE, "--plain")
    storage.count.clear()
    storage.fault = lambda op, n, name: \
        fault if op == "media" and "part-" in name and n < 4 else None
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=0)
    assert plain(p.stdout.encode()) == LARGE


@pytest.mark.parametrize("later", [("whole",), ("shifted",)], ids=str)
@pytest.mark.parametrize("first", [("cut",), ("unsized",)], ids=str)
def test_server_that_gives_no_ranges(tools, storage, first, later):
    """What was received is not passed on twice: the whole is read again."""
    run = commits(tools, storage, LARGE, "--plain")
    asked = {}

    def fault(op, n, name):
        if op != "media":
            return None
        asked[name] = asked.get(name, 0) + 1
        return first if asked[name] == 1 and "part-" in name else later

    storage.fault = fault
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=0)
    assert plain(p.stdout.encode()) == LARGE


def test_server_that_gives_another_range(tools, storage):
    """Seen when it is too late for another attempt: the next run's work."""
    run = commits(tools, storage, LARGE, "--plain")
    storage.count.clear()
    parts = []

    def fault(op, n, name):
        parts.extend([name] if op == "media" and "part-" in name else [])
        return {1: ("cut",), 3: ("whole",)}.get(len(parts))

    storage.fault = fault
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=75)
    assert "not the range that was requested" in p.stderr
    assert '"$nf":"end"' not in p.stdout


def test_changed_download_is_seen(tools, storage):
    run = commits(tools, storage, SMALL)
    storage.fault = lambda op, n, name: \
        ("flip",) if op == "media" and "part-" in name else None
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=65)
    assert '"$nf":"end"' not in p.stdout


def test_listing_in_pages(tools, storage):
    rows = records(300)
    run = ObjectRun(storage, "r")
    data = stream(rows)
    assert put(tools, run, data[:-60], "--part-size=1K",
               env=storage.env)[0] == 75
    storage.page = 3
    p = tools.run("nf-stage", "mark", run.uri, env=storage.env, check=0)
    assert p.stdout.startswith('{"at":')
    storage.fault = lambda op, n, name: \
        ("status", 503) if op == "list" and n % 3 == 1 else None
    again = tools.run("nf-stage", "mark", run.uri, env=storage.env, check=0)
    assert again.stdout == p.stdout


@pytest.mark.parametrize("seed", range(60 if FULL else 6))
def test_seeded_faults(tools, storage, seed):
    """Every request may fail in any way; attempts go on until one is 0."""
    rnd = random.Random(seed)
    kinds = [f for f in CHUNKS if f[0] != "range"] + [("cut",)]

    def fault(op, n, name):
        if rnd.random() < 0.25:
            f = rnd.choice(kinds)
            if f[0] not in ("short", "gone") or op in ("chunk", "status"):
                return f if f != ("status", 401) else ("status", 500)
        return None

    storage.fault = fault
    run = ObjectRun(storage, "r")
    rows = LARGE[:160] if seed % 2 else records(500)
    args = ["--plain", "--part-size=9M"] if seed % 2 else ["--part-size=5K"]
    for _ in range(20):
        code, out, err = put(tools, run, stream(rows), *args,
                             "--retry-time=20s", env=storage.env)
        assert code in (0, 75, 78), err
        if code == 0:
            break
    assert code == 0, err
    assert plain(out) == rows
    storage.fault = None
    assert tools.run("nf-stage", "verify", run.uri,
                     env=storage.env).returncode == 0

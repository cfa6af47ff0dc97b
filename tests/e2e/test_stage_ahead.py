# SPDX-License-Identifier: Apache-2.0
"""cat reads the next parts ahead of what it writes, but not without bound."""

import json
import os
import threading

import pytest

from staging import ObjectRun, plain, put, records, stream
from storage import Storage

PART = 1 << 20
# What nf-stage keeps, the kernel's buffers, two parts under way.
BOUND = (8 + 16 + 2) * PART


@pytest.fixture
def storage():
    with Storage() as s:
        yield s


@pytest.fixture
def staged(tools, storage):
    """A run of n parts of a MiB, and its records."""
    def make(n):
        rows = [b'{"n":%d,"x":"%s"}' % (i, b"%d" % (i % 10) * (PART // 16))
                for i in range(16 * n)]
        run = ObjectRun(storage, "r")
        code, _, err = put(tools, run, stream(rows, every=1), "--plain",
                           "--part-size=1M", "--emit=none", env=storage.env)
        assert code == 0, err
        storage.count.clear()
        return run, rows
    return make


class Asked:
    """Counts the parts asked for; wait(n) until there are n of them."""

    def __init__(self, storage, fault=None):
        self.n, self.cond, self.fault = 0, threading.Condition(), fault
        storage.fault = self

    def __call__(self, op, n, name):
        if op != "media" or "/part-" not in name:
            return None
        with self.cond:
            self.n += 1
            self.cond.notify()
            return self.fault(self.n) if self.fault else None

    def wait(self, n):
        with self.cond:
            assert self.cond.wait_for(lambda: self.n >= n, 120)


def close(p):
    p.stdout.close()
    p.stderr.close()


def test_next_parts_come_while_nobody_reads(tools, storage, staged):
    run, rows = staged(6)
    asked = Asked(storage)
    p = tools.start("nf-stage", "cat", run.uri, env=storage.env)
    asked.wait(6)  # not a byte has been read yet
    assert plain(p.stdout.read()) == rows
    assert p.wait(60) == 0
    close(p)


def test_not_further_than_it_has_memory(tools, storage, staged):
    run, rows = staged(60)
    asked = Asked(storage)
    p = tools.start("nf-stage", "cat", run.uri, env=storage.env)
    asked.wait(6)
    got = []
    size = 0
    while piece := os.read(p.stdout.fileno(), 1 << 18):
        assert asked.n * PART <= size + BOUND
        got.append(piece)
        size += len(piece)
    assert plain(b"".join(got)) == rows
    assert p.wait(60) == 0
    close(p)


def stalls(n):
    """The sixth part never comes; five are more than a pipe holds."""
    return ("stall", 600) if n > 5 else None


def test_reader_leaves_while_the_next_part_stalls(tools, storage, staged):
    run, _ = staged(6)
    asked = Asked(storage, stalls)
    p = tools.start("nf-stage", "cat", run.uri, env=storage.env)
    asked.wait(6)
    p.stdout.close()
    assert p.wait(120) == 141
    p.stderr.close()


def test_signal_while_the_next_part_stalls(tools, storage, staged):
    run, _ = staged(6)
    asked = Asked(storage, stalls)
    p = tools.start("nf-stage", "cat", run.uri, env=storage.env)
    asked.wait(6)
    p.stdout.read(PART // 2)
    p.terminate()
    out = p.stdout.read()
    assert p.wait(120) == 143
    assert b'"$nf":"end"' not in out
    close(p)


@pytest.mark.parametrize("fault", [("status", 403), ("flip",)], ids=str)
def test_what_is_wrong_with_a_later_part(tools, storage, staged, fault):
    """The error is that part's; what came out is the run's beginning."""
    run, rows = staged(4)
    Asked(storage, lambda n: fault if n == 3 else None)
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env,
                  check=77 if fault[0] == "status" else 65)
    good = p.stdout.encode().splitlines()[1:33]
    assert len(good) >= 16 and good == rows[:len(good)]
    assert "part-00002-" in p.stderr
    assert '"$nf":"end"' not in p.stdout


@pytest.mark.parametrize("fault", [("cut",), ("status", 503), ("refuse",)],
                         ids=str)
def test_broken_downloads_of_all_parts(tools, storage, staged, fault):
    run, rows = staged(4)
    Asked(storage, lambda n: fault if n % 2 else None)
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=0)
    assert plain(p.stdout.encode()) == rows


def test_put_hands_on_what_is_stored(tools, storage, staged):
    """A committed run again, and one that goes on: read ahead too."""
    run, rows = staged(4)
    code, out, err = put(tools, run, stream(rows), env=storage.env)
    assert code == 0 and plain(out) == rows, err
    cut = ObjectRun(storage, "cut")
    data = stream(rows, every=1)
    assert put(tools, cut, data[:3 * PART], "--plain", "--part-size=500K",
               env=storage.env)[0] == 75
    p = tools.run("nf-stage", "mark", cut.uri, env=storage.env, check=0)
    start = json.loads(p.stdout)
    code, out, err = put(tools, cut, stream(rows, start=start, every=1),
                         "--plain", env=storage.env)
    assert code == 0 and plain(out) == rows, err


def test_empty_run_and_share(tools, storage):
    run = ObjectRun(storage, "empty")
    assert put(tools, run, stream([]), env=storage.env)[0] == 0
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=0)
    assert plain(p.stdout.encode()) == []
    run = ObjectRun(storage, "one")
    rows = records(10)
    assert put(tools, run, stream(rows), env=storage.env)[0] == 0
    shares = [tools.run("nf-stage", "cat", f"--part={n}/2", run.uri,
                        env=storage.env, check=0).stdout.encode()
              for n in (1, 2)]
    assert sorted(map(plain, shares)) == [[], rows]

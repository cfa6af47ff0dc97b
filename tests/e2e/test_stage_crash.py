# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment, twins on one run id: a run commits once, whole."""

import os
import random
import signal
import subprocess
import threading
import time

import pytest

from conftest import FULL
from load_kills import Killer
from staging import (FileRun, ObjectRun, attempt, check, plain, put, records,
                     stream)
from storage import Storage

KILLS = 200 if FULL else 16
TWINS = 200 if FULL else 12


def runs(kind, tmp_path, storage):
    def make(name):
        return FileRun(tmp_path / name) if kind == "file" \
            else ObjectRun(storage, name)
    return make


@pytest.fixture(params=["file", "gs"])
def place(request, tmp_path):
    if request.param == "file":
        yield runs("file", tmp_path, None), {}
        return
    with Storage() as storage:
        yield runs("gs", tmp_path, storage), storage.env


def test_killed_anywhere(tools, place):
    """Killed in each of KILLS spans of a run; run again, it commits the same."""
    make, env = place
    rows = records(4000)
    data = stream(rows)
    rnd = random.Random(1)
    killer = Killer(None, data.decode(), 1)

    def writes(run):
        def start(**kwargs):
            return tools.start("nf-stage", "--part-size=20K", "--emit=none",
                               run.uri, env=env, **kwargs)
        killer.start = start
        return run

    for name in ("first", "second", "third"):
        writes(make(name))
        killer.run()
    for i in range(KILLS):
        run = writes(make(f"k{i}"))
        killer.kill(i, KILLS)
        check(run, [rows])
        code, out, err = attempt(tools, run, rows, f"--part-size="
                                 f"{rnd.choice(['20K', '20K', '33K'])}",
                                 env=env)
        assert code == 0, err
        # A committed run is passed on to an empty, unsealed input.
        found = plain(out) if out.startswith(b'{"$nf"') else out.splitlines()
        assert found == rows
        assert check(run, [rows]) == rows
        if i % 20 == 19:
            writes(make(f"clean{i}"))
            killer.run()
    killer.report(make("r").uri)
    assert killer.live >= KILLS * (0.8 if FULL else 0.5)


def synced(tools, shim, *args, data=""):
    """How many files and folders a run of nf-stage makes durable."""
    log = tools.folder / "calls"
    tools.run("nf-stage", *args, input=data, check=0,
              env={"LD_PRELOAD": shim, "NF_FAULT_LOG": str(log)})
    return dict(line.split() for line in log.read_text().splitlines())[
        "fsync"]


def test_folders_that_another_has_made(tools, tmp_path, shim):
    """One that was killed right after mkdir has not made them durable."""
    data = stream(records(3)).decode()
    counts = set()
    for i, ready in enumerate(("", "r", "r/_nf")):
        run = FileRun(tmp_path / str(i) / "r")
        (tmp_path / str(i) / ready).mkdir(parents=True)
        counts.add(synced(tools, shim, "--emit=none", run.uri, data=data))
        check(run, [records(3)])
    assert len(counts) == 1
    # Each folder down to _nf; run.json, part, receipt, manifest and where
    # they are.
    above = len((tmp_path / "0" / "r").parts)
    assert counts == {str(above + 4 * 2)}
    # A manifest that was found counts only once it is durable.
    for args in (["--emit=none"], ["cat"], ["mark"]):
        assert synced(tools, shim, *args, run.uri, data=data) == \
            str(above + 1)


def feed_slowly(p, data, rnd):
    """Write data in pieces of odd sizes, so that gzip bytes differ."""
    try:
        at = 0
        while at < len(data):
            n = rnd.choice((1 << 10, 7000, 1 << 16, 1 << 18))
            p.stdin.write(data[at:at + n])
            p.stdin.flush()
            at += n
        p.stdin.close()
    except OSError:
        pass


def test_other_read_sizes(tools, place):
    """Cut off anywhere, fed in other pieces: the chain is met again."""
    make, env = place
    rows = records(3000)
    data = stream(rows)
    rnd = random.Random(7)
    for i in range(20 if FULL else 4):
        run = make(f"s{i}")
        for cut in (0.4, 0.8):
            p = tools.start("nf-stage", "--part-size=15K", run.uri, env=env,
                            stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
            feed_slowly(p, data[:int(len(data) * cut)], rnd)
            assert p.wait() == 75
        code, out, err = put(tools, run, data, "--part-size=15K", env=env)
        assert code == 0 and plain(out) == rows, err
        assert check(run) == rows


def twin(tools, run, rows, size, delay, env, results):
    time.sleep(delay)  # not to wait for anything: it is what is tried
    code, out, err = attempt(tools, run, rows, f"--part-size={size}",
                             env=env)
    results.append((code, out, err))


def test_twins(tools, place):
    """Two writers, the second at any moment of the first; often of a changed
    source, often of other sizes."""
    make, env = place
    rnd = random.Random(3)
    a = records(900)
    began = time.monotonic()
    assert attempt(tools, make("clean"), a, "--part-size=9K", env=env)[0] == 0
    clean = time.monotonic() - began
    lost = 0
    for i in range(TWINS):
        run = make(f"t{i}")
        b = a
        if i % 2:  # the source changes: in the middle, in front, at the end
            k = rnd.randrange(3)
            b = (a[:450] + [b'{"new":1}'] + a[450:], [b'{"new":1}'] + a,
                 a + [b'{"new":1}'])[k]
        results = []
        threads = [
            threading.Thread(target=twin, args=(
                tools, run, rows, rnd.choice(("9K", "9K", "14K")),
                delay, env, results))
            for rows, delay in ((a, 0), (b, rnd.random() * clean))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert sorted({code for code, _, _ in results}) in ([0], [0, 75]), \
            results
        committed = check(run, [a, b] + joined(a, b))
        assert committed is not None
        for code, out, err in results:
            found = plain(out) if out.endswith(b"}\n") and \
                b'{"$nf":"end"' in out else None
            if code == 0 and out.startswith(b'{"$nf"'):
                assert found == committed
            elif code == 0:
                assert out.splitlines() == committed
            else:
                assert found is None
                lost += 1
        code, out, err = attempt(tools, run, b, env=env)
        assert code == 0, err
        assert out.splitlines() == committed
    print(f"{TWINS} twins, {lost} lost the race")


def joined(a, b):
    """Where a run may have gone on in b from a mark that a had left."""
    return [a[:i] + b[i:] for i in range(0, len(a) + 1, 10)] + \
        [b[:i] + a[i:] for i in range(0, len(b) + 1, 10)]


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP"])
def test_signal(tools, place, name):
    make, env = place
    run = make("sig")
    rows = records(500)
    data = stream(rows)
    number = signal.Signals[f"SIG{name}"]
    p = tools.start("nf-stage", "--part-size=2K", run.uri, env=env,
                    stdin=subprocess.PIPE,
                    # nohup and the like have it ignored
                    preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    p.stdin.write(data[:len(data) // 2])
    p.stdin.flush()
    assert p.stdout.read(1) == b"{"  # a part is stored
    p.send_signal(number)
    assert p.wait(60) == 128 + number
    p.stdin.close()
    p.stdout.close()
    p.stderr.close()
    assert check(run) is None
    code, out, _ = attempt(tools, run, rows, env=env)
    assert code == 0 and plain(out) == rows


def test_slow_reader(tools, place):
    make, env = place
    run = make("slow")
    rows = records(20000)
    p = tools.start("nf-stage", "--part-size=100K", run.uri, env=env,
                    stdin=subprocess.PIPE)
    t = threading.Thread(target=feed_slowly,
                         args=(p, stream(rows), random.Random(2)))
    t.start()
    out = b""
    while piece := os.read(p.stdout.fileno(), 300000):
        out += piece
        time.sleep(0.01)
    t.join()
    assert p.wait() == 0
    p.stdout.close()
    p.stderr.close()
    assert plain(out) == rows
    assert check(run) == rows


def test_reader_that_leaves(tools, place):
    """EPIPE: 141, and nothing is committed that was not passed on."""
    make, env = place
    run = make("pipe")
    rows = records(20000)
    (tools.folder / "in").write_bytes(stream(rows))
    p = tools.sh(f"nf-stage --part-size=50K {run.uri} < in | head -c 1000 "
                 "> /dev/null; echo ${PIPESTATUS[0]}", env=env)
    assert p.stdout.strip() == "141"
    assert check(run) is None
    code, out, _ = attempt(tools, run, rows, "--part-size=50K", env=env)
    assert code == 0 and plain(out) == rows

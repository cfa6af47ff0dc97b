# SPDX-License-Identifier: Apache-2.0
"""nf-load killed, its server killed, its connections cut: nothing is lost.

NF_TORTURE=full runs the long forms; with pytest -s they say what they did.
"""

import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from conftest import FULL, ROOT, free_port, listening, ndjson
from load_kills import Killer

TS = 1795456800000000
SEED = int(os.environ.get("NF_SEED", "7"))


def line(row, cells, table=None, **more):
    where = {} if table is None else {"table": table}
    return json.dumps({**where, "row": row, "ts": TS, "cells": cells,
                       **more}) + "\n"


def versions(rows=1500):
    """Rows of two families, one row in three written twice."""
    rnd = random.Random(SEED)
    out = []
    for i in range(rows):
        key = f"{i:06d}"
        out.append(line(key, {"f": {"q": str(i), "n": "9.00"},
                              "g": {"": "x" * rnd.randrange(200)}}))
        if i % 3 == 0:
            out.append(line(key, [{
                "family": "f", "qualifier": "q", "value": f"new{i}",
                "ts": TS + 1000}]))
    return "".join(out)


def test_killed_and_run_again(tools, bigtable):
    """Each kill has a table of its own: what the run after it leaves there is
    what a clean load leaves, says Google's client."""
    kills = 1000 if FULL else 8
    stream = versions()
    instance = bigtable.client().instance(bigtable.instance)

    def load(name):
        def start(**kwargs):
            return tools.start("nf-load", "--batch-rows", "50", "-t", name,
                               bigtable.uri, env=bigtable.env, **kwargs)
        table = instance.table(name)
        table.create(column_families={"f": None, "g": None})
        return table, start

    killer = Killer(None, stream, SEED)
    for name in ("first", "second", "clean"):
        _, killer.start = load(name)
        killer.run()
    clean = bigtable.rows("clean")
    assert len(clean) == 1500
    for i in range(kills):
        table, killer.start = load(f"t{i}")
        killer.kill(i, kills)
        tools.run("nf-load", "-t", f"t{i}", bigtable.uri, env=bigtable.env,
                  input=stream, check=0)
        assert bigtable.rows(f"t{i}") == clean, (SEED, i)
        table.delete()
        if i % 20 == 19:
            table, killer.start = load("again")
            killer.run()
            table.delete()
    killer.report("Bigtable")
    assert killer.live >= kills * (0.8 if FULL else 0.5)


def cells(path):
    db = sqlite3.connect(path)
    try:
        return db.execute("select * from cells").fetchall()
    finally:
        db.close()


def test_killed_and_run_again_on_a_database(tools, tmp_path):
    kills = 500 if FULL else 8
    stream = versions()

    def load(name):
        target = f"sqlite:{tmp_path / name}"
        tools.run("nf-load", "create", "-t", "t", "-f", "f", "-f", "g",
                  target, check=0)

        def start(**kwargs):
            return tools.start("nf-load", "--batch-rows", "50", "-t", "t",
                               target, **kwargs)
        return start

    def remove(name):
        for path in tmp_path.glob(f"{name}*"):
            path.unlink()

    killer = Killer(None, stream, SEED)
    for name in ("first", "second", "clean"):
        killer.start = load(name)
        killer.run()
    clean = cells(tmp_path / "clean")
    assert len(clean) == 5000
    for i in range(kills):
        killer.start = load("one")
        killer.kill(i, kills)
        tools.run("nf-load", "-t", "t", f"sqlite:{tmp_path}/one",
                  input=stream, check=0)
        assert cells(tmp_path / "one") == clean, (SEED, i)
        remove("one")
        if i % 20 == 19:
            killer.start = load("one")
            killer.run()
            remove("one")
    killer.report("SQLite")
    assert killer.live >= kills * (0.8 if FULL else 0.5)


class Server:
    """The double with a log, in a process of its own that can be killed."""

    def __init__(self, log):
        self.port = free_port()
        self.log = log
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "server" / "bigtable_double.py",
             str(self.port), self.log], stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while not listening(self.port)():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def kill(self):
        self.process.kill()
        self.process.wait()


def test_what_was_acknowledged_is_in_the_server_s_log(tools, tmp_path):
    """The server is killed while it works, and started again: nf-load goes
    on, and every row it calls written was written and fsynced first."""
    kills = 50 if FULL else 2
    rows = 4000 * kills
    rnd = random.Random(SEED)
    server = Server(tmp_path / "log")
    try:
        with open(tmp_path / "in", "w") as f:
            f.writelines(line(f"{i:07d}", {"f": {"q": str(i)}}, "t")
                         for i in range(rows))
        with open(tmp_path / "in") as f, open(tmp_path / "err", "w") as err:
            p = tools.start(
                "nf-load", "--plaintext", "--endpoint",
                f"127.0.0.1:{server.port}", "--batch-rows", "100",
                "--results", tmp_path / "results", "--results-all",
                "bigtable://p/i", stdin=f, stderr=err)
        hit = 0
        for _ in range(kills):
            # On the way to the next kill the log grows by some part.
            more = server.size() + rnd.randrange(1, 3500) * 8
            while server.size() < more and p.poll() is None:
                time.sleep(0.002)
            hit += p.poll() is None
            server.kill()
            server.start()
        p.communicate()
        assert p.returncode == 0, (tmp_path / "err").read_text()
    finally:
        server.kill()
    logged = (tmp_path / "log").read_text().split()
    results = ndjson((tmp_path / "results").read_text())
    assert len(results) == rows and {r["code"] for r in results} == {0}
    assert {r["row"] for r in results} <= set(logged)
    again = sum(r["attempts"] > 1 for r in results)
    print(f"log: seed {SEED}: {hit} of {kills} kills hit a load, {again} "
          f"rows needed another attempt, {len(logged) - rows} were written "
          "twice")
    assert hit >= kills * 0.8 and again > 0


class Cutter:
    """A TCP proxy that cuts all its connections when told to."""

    def __init__(self, host, port):
        self.to = host, port
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.to)
            self.pairs.append((client, server))
            for a, b in (client, server), (server, client):
                threading.Thread(target=self.pump, args=(a, b),
                                 daemon=True).start()

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass

    def cut(self):
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()
        return len(pairs)


def test_a_connection_that_is_cut_needs_no_other_run(tools, bigtable):
    tools.run("nf-load", "create", "-t", "t", "-f", "f", bigtable.uri,
              env=bigtable.env, check=0)
    host, port = bigtable.host.split(":")
    cutter = Cutter(host, int(port))
    cuts = 50 if FULL else 5
    rows = 2000 * cuts
    p = tools.start("nf-load", "apply", "--batch-rows", "100", "-t", "t",
                    bigtable.uri, env={
                        "BIGTABLE_EMULATOR_HOST": cutter.address},
                    stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = [line(f"{i:06d}", {"f": {"q": str(i)}}) for i in range(rows)]
    cut = 0
    for i in range(cuts):
        p.stdin.write("".join(lines[i * 2000:(i + 1) * 2000]).encode())
        p.stdin.flush()
        deadline = time.monotonic() + 10
        while not (now := cutter.cut()) and time.monotonic() < deadline:
            time.sleep(0.02)
        cut += now > 0
    _, err = p.communicate()
    cutter.listener.close()
    assert p.returncode == 0, err
    assert cut >= cuts / 2
    print(f"proxy: cut {cut} times; {err.decode().splitlines()[-1]}")
    tools.run("nf-load", "diff", "--scope", "", "-t", "t", bigtable.uri,
              input="".join(lines), env=bigtable.env, check=0)
    assert len(bigtable.rows("t")) == rows


def peak_kib(process):
    """Not the rusage of a child: that knows Python before the exec."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1])


def test_one_hot_key(tools, bigtable):
    """All lines for one row: they wait for each other, in bounded memory."""
    n = 1000000 if FULL else 30000
    tools.run("nf-load", "create", "-t", "t", "-f", "f", bigtable.uri,
              env=bigtable.env, check=0)
    p = tools.start("nf-load", "-t", "t", bigtable.uri, env=bigtable.env,
                    stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for i in range(n):
        p.stdin.write(line("hot", {"f": {"q": str(i)}}).encode())
    p.stdin.flush()
    peak = peak_kib(p)
    p.communicate()
    assert p.returncode == 0
    print(f"hot key: {n} lines, peak {peak} KiB")
    assert peak < 32 * 1024
    assert bigtable.rows("t") == {b"hot": {
        ("f", b"q"): [(str(n - 1).encode(), TS)]}}

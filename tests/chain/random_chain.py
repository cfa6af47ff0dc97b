#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A random chain: nf-pipeline between an API with faults and odd but legal
habits, and a table, while it is harassed; the table is then compared cell by
cell with an oracle of its own.

usage: NF_BUILD=build tests/chain/random_chain.py [FIRST [COUNT]]

Each round is made of its seed alone: records in every spelling, how the API
serves them, what becomes of the job (signals, STOP, kills, a dying helper, a
cleaner of temporary files, few descriptors, small files, a twin, a replay).  A
job that ends with 0 must have loaded everything right then, whatever happened
to it; one that does not is started again, undisturbed, and must end with 0
within a few tries.  The last line has the figures; the exit code is 1 if any
round was wrong.
"""

import collections
import decimal
import gzip
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build")).resolve()
PIPELINE = ROOT / "pipeline.sh"
MAPPING = {
    "nf_mapping": 1, "tables": {"t": {"families": {"f": {}, "g": {}}}},
    "rules": [{"table": "t", "key": "{/id}", "cells": {
        "f": {"v": "/v", "s": "/s", "b": "/b", "n": "/o/n", "x": "/a~1b"},
        "g": {"run": "$run"}}}]}
CODES = {0, 64, 65, 69, 70, 74, 75, 77, 78, 99, 126, 127}
TRIES = 4
HELPERS = ("cat", "mkfifo", "mktemp", "rm", "sha256sum", "timeout", "awk")


class Records:
    """What the API has: raw JSON texts, and the cells they must become."""

    def __init__(self, rnd, run):
        self.rnd = rnd
        self.texts, self.cells = [], {}
        self.bad = 0
        for i in range(rnd.randint(1, 40)):
            self.add(i, run)

    def add(self, i, run):
        rnd = self.rnd
        bad = rnd.random() < 0.05
        key = "".join(rnd.choice("abcxyzé~ %\"\\😀") for _ in
                      range(rnd.randint(0, 4))) + f"-{i}"
        members, cells = [], {("g", "run"): run}
        if not bad:
            members.append(("id", self.string(key)))
        self.member(members, cells, "v", "v", self.number)
        self.member(members, cells, "s", "s", self.text)
        self.member(members, cells, "b", "b", self.boolean)
        self.member(members, cells, "a/b", "x", self.text)
        inner = []
        self.member(inner, cells, "n", "n", self.number)
        members.append(("o", self.object(inner)))
        if rnd.random() < 0.3:
            members.append(("more", self.deep()))
        rnd.shuffle(members)
        self.texts.append(self.object(members))
        if bad:
            self.bad += 1
        else:
            self.cells[key] = {k: v for k, v in cells.items()}

    def member(self, members, cells, name, column, make):
        dice = self.rnd.random()
        if dice < 0.15:
            return
        if dice < 0.25:
            members.append((name, "null"))
            return
        text, value = make()
        members.append((name, text))
        cells["f", column] = value

    def string(self, value):
        """Some spelling of a JSON string."""
        out = []
        for c in value:
            dice = self.rnd.random()
            if c in '"\\' or ord(c) < 32 or dice < 0.2:
                short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t",
                         "/": "\\/"}
                if c in short and dice < 0.6:
                    out.append(short[c])
                else:
                    units = c.encode("utf-16-be")
                    out.append("".join(
                        ("\\u%04x" if dice < 0.5 else "\\u%04X")
                        % int.from_bytes(units[n:n + 2], "big")
                        for n in range(0, len(units), 2)))
            else:
                out.append(c)
        return '"' + "".join(out) + '"'

    def text(self):
        value = "".join(self.rnd.choice("aZ 09/éß漢😀\"\\\n\t{}[],:")
                        for _ in range(self.rnd.randint(0, 30)))
        return self.string(value), value

    def number(self):
        rnd = self.rnd
        text = rnd.choice(["", "-"]) + rnd.choice(
            ["0", str(rnd.randint(1, 10 ** rnd.randint(1, 25)))])
        if rnd.random() < 0.5:
            text += "." + "".join(rnd.choice("0123456789")
                                  for _ in range(rnd.randint(1, 12)))
        if rnd.random() < 0.3:
            text += rnd.choice("eE") + rnd.choice(["", "+", "-"]) \
                + str(rnd.randint(0, 400))
        decimal.Decimal(text)
        return text, text

    def boolean(self):
        text = self.rnd.choice(["true", "false"])
        return text, text

    def deep(self):
        depth = self.rnd.choice([1, 5, 100, 400])
        return "[" * depth + "]" * depth

    def blank(self):
        return "".join(self.rnd.choice(" \t\r\n") for _ in
                       range(self.rnd.choice([0, 0, 0, 1, 3])))

    def object(self, members):
        return "{" + self.blank() + ",".join(
            f"{self.blank()}{self.string(k)}{self.blank()}:{self.blank()}{v}"
            f"{self.blank()}" for k, v in members) + "}"


class Api:
    """Pages of the records by a cursor, with what servers do."""

    FAULTS = ("503", "429", "cut", "close", "reset", "half head")
    HABITS = ("chunked", "gzip", "close", "hints", "slow", "blanks", "plain")

    def __init__(self, records, rnd):
        self.records = records
        self.rnd = rnd
        self.per_page = rnd.randint(1, 12)
        self.fault_rate = rnd.choice([0, 0, 0.1, 0.3])
        self.pace = rnd.choice([0, 0, 0.01, 0.05])
        self.faults = 0
        self.calm = False
        self.lock = threading.Lock()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                try:
                    api.serve(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,),
                         daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/r"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def page(self, at):
        data = ",".join(self.records.texts[at:at + self.per_page])
        after = at + self.per_page
        more = f'"c{after}"' if after < len(self.records.texts) else "null"
        return f'{{"data":[{data}],"next":{more}}}'

    def serve(self, h):
        query = h.path.partition("?")[2]
        cursor = dict(p.partition("=")[::2] for p in query.split("&") if p)
        at = int(cursor.get("cursor", "c0")[1:])
        body = self.page(at).encode()
        with self.lock:
            fault = None
            if not self.calm and self.rnd.random() < self.fault_rate:
                fault = self.rnd.choice(self.FAULTS)
                self.faults += 1
            habit = self.rnd.choice(self.HABITS)
            cut = self.rnd.randrange(len(body))
        time.sleep(self.pace)
        if fault in ("503", "429"):
            h.send_response(int(fault))
            h.send_header("Retry-After", "0")
            h.send_header("Content-Length", "0")
            h.end_headers()
        elif fault in ("close", "reset"):
            h.close_connection = True
        elif fault == "half head":
            h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
            h.close_connection = True
        elif fault == "cut":
            h.send_response(200)
            h.send_header("Content-Length", str(len(body)))
            h.end_headers()
            h.wfile.write(body[:cut])
            h.close_connection = True
        else:
            self.answer(h, body, habit)

    def answer(self, h, body, habit):
        if habit == "hints":
            h.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        if habit == "blanks":
            body = b" \n\t" + body + b"\r\n \n"
        h.send_response(200)
        h.send_header("Content-Type", "application/json; charset=utf-8")
        if habit == "gzip":
            body = gzip.compress(body)
            h.send_header("Content-Encoding", "gzip")
        if habit == "chunked":
            h.send_header("Transfer-Encoding", "chunked")
            h.end_headers()
            for n in range(0, len(body), 97):
                piece = body[n:n + 97]
                h.wfile.write(b"%x;x=y\r\n%s\r\n" % (len(piece), piece))
            h.wfile.write(b"0\r\nX-Trailer: 1\r\n\r\n")
            return
        if habit == "close":
            h.send_header("Connection", "close")
            h.close_connection = True
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        if habit == "slow":
            for n in range(0, len(body), 400):
                h.wfile.write(body[n:n + 400])
                h.wfile.flush()
                time.sleep(0.002)
        else:
            h.wfile.write(body)


def session(sid):
    """The living processes of a session."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2]
            except OSError:
                continue
            if int(fields.split()[3]) == sid and fields.split()[0] != "Z":
                found.append(int(entry.name))
    return found


class Round:
    def __init__(self, seed):
        self.seed = seed
        self.rnd = random.Random(seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix=self.rnd.choice(["nf-chain-", "nf chain '"])))
        name = self.rnd.choice(["run", "a run", "r%20-é"])
        self.run = name
        self.stage = f"file://{self.folder}/{name}"
        self.records = Records(self.rnd, name)
        self.api = Api(self.records, self.rnd)
        (self.folder / "m.json").write_text(json.dumps(MAPPING))
        self.tmp = self.folder / "tmp dir"
        self.tmp.mkdir()
        self.env = {"PATH": f"{BUILD}:{os.environ['PATH']}",
                    "HOME": str(self.folder), "TMPDIR": str(self.tmp),
                    "NF_BIN": str(BUILD), "NF_LOG_FORMAT": "text"}
        for key in os.environ:
            if key.endswith("SAN_OPTIONS"):
                self.env[key] = os.environ[key]
        self.target = f"sqlite:{self.folder}/t.db"
        self.wrong = []
        self.seen = collections.Counter()
        self.args = self.options()

    def options(self):
        rnd = self.rnd
        args = ["--from", self.api.url, "--stage", self.stage, "-m",
                f"{self.folder}/m.json", "--to", self.target]
        if self.records.bad or rnd.random() < 0.3:
            args += ["--reject", f"{self.folder}/bad"]
        for tool, given in (
                ("stage", ["--plain"]),
                ("stage", ["--part-records", str(rnd.randint(1, 9))]),
                ("stage", ["--part-seconds", "1"]),
                ("stage", ["--spool", str(self.folder)]),
                ("transform", ["--jobs", str(rnd.randint(1, 4))]),
                ("load", ["--batch-rows", str(rnd.randint(1, 9))])):
            if rnd.random() < 0.3:
                for arg in given:
                    args += [f"--{tool}-arg", arg]
        if rnd.random() < 0.2:
            args.append("--live")
        return args + ["--", "--paginate", "cursor", "--cursor-param", "cursor",
                       "--next", "/next", "--records", "/data",
                       "--set", "/timeouts/retry_base=1ms"]

    def tool(self, *args):
        return subprocess.run(
            [str(BUILD / args[0]), *args[1:]], env=self.env,
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=300)

    def start(self, prefix=(), env=None):
        return subprocess.Popen(
            [*prefix, str(PIPELINE), *self.args], cwd=self.folder,
            env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)

    def finish(self, p, what):
        """Wait for a job and look at how it ended."""
        try:
            out, err = p.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            for pid in session(p.pid):
                os.kill(pid, signal.SIGKILL)
            out, err = p.communicate()
            self.fault(what, "it hangs", err)
            return -1
        code = p.returncode
        if code >= 0:
            if code not in CODES and code <= 128:
                self.fault(what, f"exit {code}", err)
            try:
                summary = json.loads(out.splitlines()[-1])
                if summary["exit"] != code:
                    self.fault(what, "the summary has another code", err)
                if code == 0 and summary["state"] != "loaded":
                    self.fault(what, "0, and not loaded", err)
            except (IndexError, ValueError):
                self.fault(what, f"exit {code} without a summary", err)
        if b"Sanitizer" in err or b"Assertion" in err:
            self.fault(what, "a sanitizer or an assertion", err)
        if code == 0:
            self.compare(what, err)
        return code

    def fault(self, what, how, err=b""):
        self.wrong.append(f"seed {self.seed}: {what}: {how}: "
                          f"{err[-1500:].decode(errors='replace')}")

    def compare(self, what, err=b""):
        """The table, cell by cell, and the rejects."""
        done = self.tool("nf-load", "scan", "-t", "t", self.target)
        found = {}
        for line in done.stdout.splitlines():
            row = json.loads(line)
            found[row["row"]] = {
                (f, q): v for f, cells in row["cells"].items()
                for q, v in cells.items()}
        self.seen["cells"] += sum(map(len, found.values()))
        if done.returncode != 0 or found != self.records.cells:
            odd = [k for k in set(found) | set(self.records.cells)
                   if found.get(k) != self.records.cells.get(k)]
            self.fault(what, f"wrong cells in rows {odd[:3]!r} of {len(odd)}",
                       err)
        runs = [p for p in self.folder.iterdir()
                if p.name.startswith(f"{self.run}-rejects-")]
        if len(runs) != (1 if self.records.bad else 0):
            self.fault(what, f"{len(runs)} runs of rejects", err)
        for run in runs:
            done = self.tool("nf-stage", "cat", "--no-seal", f"file://{run}")
            if len(done.stdout.splitlines()) != self.records.bad:
                self.fault(what, "wrong rejects", err)

    # What becomes of a job.

    def harass(self):
        way = self.rnd.choice([self.nothing, self.signals, self.kills,
                               self.stops, self.helper, self.cleaner,
                               self.limits, self.twin, self.replay])
        self.seen[way.__name__] += 1
        return way()

    def nothing(self):
        return self.finish(self.start(), "let alone")

    def after(self):
        time.sleep(self.rnd.random() * self.rnd.choice([0.05, 0.3, 1]))

    def signals(self):
        p = self.start()
        for _ in range(self.rnd.randint(1, 3)):
            self.after()
            try:
                if self.rnd.random() < 0.5:
                    p.send_signal(self.rnd.choice([1, 2, 15]))
                else:
                    os.killpg(p.pid, self.rnd.choice([1, 2, 15]))
            except ProcessLookupError:
                break
        return self.finish(p, "signals")

    def kills(self):
        p = self.start()
        self.after()
        pids = session(p.pid)
        victims = pids if self.rnd.random() < 0.3 else \
            self.rnd.sample(pids, min(1, len(pids)))
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        code = self.finish(p, "kill -9")
        # What goes on without its pipeline is a twin of the next attempt.
        return code

    def stops(self):
        p = self.start()
        for _ in range(self.rnd.randint(1, 4)):
            self.after()
            for pid in session(p.pid):
                if self.rnd.random() < 0.6:
                    try:
                        os.kill(pid, signal.SIGSTOP)
                    except ProcessLookupError:
                        pass
            time.sleep(0.05)
            for pid in session(p.pid):
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass
        return self.finish(p, "STOP and CONT")

    def helper(self):
        name, turn = self.rnd.choice(HELPERS), self.rnd.randint(1, 4)
        how = self.rnd.choice(["kill -9 $$", "exit 1", "exit 0"])
        where = self.folder / "dying"
        where.mkdir(exist_ok=True)
        real = shutil.which(name)
        (where / "count").write_text("0\n")
        (where / name).write_text(
            f"#!/bin/sh\nn=0; read -r n < '{where}/count'\nn=$((n + 1))\n"
            f"echo $n > '{where}/count'\n[ $n -ne {turn} ] || {how}\n"
            f"exec {real} \"$@\"\n".replace(
                f"'{where}/count'", '"${0%/*}/count"'))
        (where / name).chmod(0o755)
        code = self.finish(self.start(
            env={"PATH": f"{where}:{self.env['PATH']}"}),
            f"{name} dies ({how}, {turn})")
        shutil.rmtree(where)
        return code

    def cleaner(self):
        ended = threading.Event()
        pattern = self.rnd.choice(["*", "mark", "*.json", "a", "b", "*.prom"])

        def clean():
            while not ended.is_set():
                for path in self.tmp.glob(f"nf-pipeline.*/{pattern}"):
                    path.unlink(missing_ok=True)
                time.sleep(0.003)
        thread = threading.Thread(target=clean)
        thread.start()
        try:
            return self.finish(self.start(), f"a cleaner of {pattern}")
        finally:
            ended.set()
            thread.join()

    def limits(self):
        limit = self.rnd.choice([
            f"--nofile={self.rnd.randint(6, 40)}",
            f"--fsize={self.rnd.choice([0, 100, 3000, 20000, 100000])}"])
        return self.finish(self.start(["prlimit", limit]), limit)

    def twin(self):
        first, second = self.start(), self.start()
        code = self.finish(first, "a twin")
        return max(self.finish(second, "the other twin"), code)

    def replay(self):
        self.finish(self.start(), "before the replay")
        return self.finish(self.start(), "the replay")

    def play(self):
        try:
            self.tool("nf-load", "create", "-q", "-m",
                      f"{self.folder}/m.json", self.target)
            code = self.harass()
            for _ in range(self.rnd.choice([0, 0, 1])):
                if code != 0:
                    code = self.harass()
            self.api.calm = True
            codes = []
            while code != 0 and len(codes) < TRIES:
                code = self.finish(self.start(), "then let alone")
                codes.append(code)
            if code != 0:
                self.fault("then let alone", f"never 0: {codes}")
            self.seen["faults"] = self.api.faults
        finally:
            self.api.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.wrong


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seen, wrong = collections.Counter(), []
    for seed in range(first, first + count):
        one = Round(seed)
        for what in one.play():
            print(what, flush=True)
            wrong.append(what)
        seen += one.seen
    print(f"{count} rounds from {first}: {len(wrong)} wrong; "
          + ", ".join(f"{n} {k}" for k, n in sorted(seen.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Runs of commands, measured one by one, and races between them.

A Run is a pipeline of commands; each gets its own figures from measure.c.
Client CPU is user + system time of every process in it and of the children
they waited for; memory is the sum of the processes' peaks.
"""

import contextlib
import dataclasses
import glob
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

import keys


DEADLINE = 3600  # seconds that a process of a run may take


class Failed(Exception):
    """A command of a run did not end as it should."""


@dataclasses.dataclass
class Figures:
    """What one run used; seconds and kilobytes."""
    cpu: float
    wall: float
    rss: int
    each: list


@dataclasses.dataclass
class Run:
    """commands: argument lists, piped one into the next; stdin and stdout
    are paths; env is added to the environment; sampled: memory is that of
    all processes together, if that is more than the sum of the peaks."""
    commands: list
    stdin: str = os.devnull
    stdout: str = os.devnull
    env: dict = dataclasses.field(default_factory=dict)
    sampled: bool = False


def family(pid):
    """PID and all that descends from it."""
    yield pid
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as f:
            for child in f.read().split():
                yield from family(int(child))


def held(pid):
    """Kilobytes of memory that PID holds, shared pages by their share."""
    with contextlib.suppress(OSError), \
            open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


class Sampler(threading.Thread):
    """.most: kilobytes that PROCESSES and their children held at once."""

    def __init__(self, processes):
        super().__init__(daemon=True)
        self.pids = [process.pid for process in processes]
        self.ended = threading.Event()
        self.most = 0
        self.start()

    def run(self):
        while not self.ended.wait(0.05):
            self.most = max(self.most, sum(
                held(pid) for first in self.pids for pid in family(first)))

    def stop(self):
        self.ended.set()
        self.join()


class Bench:
    """Where everything is.  root: the tree, cache: installed peers, work: a
    folder that goes away at the end, tools: the folder of nf-*."""

    def __init__(self, root, cache, work, tools, quick):
        self.root, self.cache, self.work = root, cache, work
        self.tools = tools
        self.quick = quick
        self.repeats = 3 if quick else 5
        self.python = os.path.join(cache, "venv/bin/python")
        self.env = dict(os.environ, NF_LOG_FORMAT="json", LC_ALL="C.UTF-8")
        for name in ("BIGTABLE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
            self.env.pop(name, None)

    def tool(self, name):
        return os.path.join(self.tools, name)

    def bin(self, name):
        return os.path.join(self.cache, "bin", name)

    def peer(self, name):
        return os.path.join(self.root, "tests/bench/peers", name)

    def venv(self, name):
        return os.path.join(self.cache, "venv/bin", name)

    def old(self, name):
        """A file of the tree of 0.1.0, if tests/bench/setup could build it."""
        return os.path.join(self.cache, "old", name)

    def certificate(self):
        """CERTIFICATE,KEY for 127.0.0.1."""
        self.authority()
        return f"{self.path('tls/server.pem')},{self.path('tls/server.key')}"

    def authority(self):
        """Who has signed it: made once a run."""
        folder = pathlib.Path(self.path("tls"))
        if not folder.exists():
            folder.mkdir()
            keys.authority(folder, "ca")
            keys.certificate(folder, "server", "ca")
        return str(folder / "ca.pem")

    def token(self):
        path = self.path("token")
        with open(path, "w", encoding="ascii") as f:
            f.write("a-token\n")
        os.chmod(path, 0o600)
        return path

    def sample(self, count):
        """COUNT lines of the sample NF-e, again and again."""
        path = os.path.join(self.cache, f"sample-{count}.ndjson")
        with open(os.path.join(self.root, "mappings/samples/nfe-4.00.ndjson"),
                  "rb") as f:
            lines = f.read().splitlines(keepends=True)
        with open(path, "wb") as out:
            for i in range(count):
                out.write(lines[i % len(lines)])
        return path

    def mapping(self, name):
        return os.path.join(self.root, "tests/bench/mappings", name)

    def path(self, name):
        return os.path.join(self.work, name)

    def data(self, kind, count):
        """The file of COUNT lines of KIND, made once."""
        path = os.path.join(self.cache, f"{kind}-{count}.ndjson")
        maker = os.path.join(self.root, "tests/bench/data.py")
        made = path + ".of"
        with open(maker, "rb") as f:
            source = f.read()
        if not (os.path.exists(path) and os.path.exists(made)
                and open(made, "rb").read() == source):
            with open(path, "wb") as out:
                subprocess.run([self.python, maker, kind, str(count)],
                               stdout=out, check=True)
            with open(made, "wb") as f:
                f.write(source)
        return path

    def run(self, run, may_fail=()):
        """Run it once: Figures.  may_fail: exit codes besides 0 that are
        right."""
        env = dict(self.env, **run.env)
        processes, notes = [], []
        errors = tempfile.TemporaryFile(dir=self.work)
        with open(run.stdin, "rb") as first, open(run.stdout, "wb") as last:
            source = first
            start = time.monotonic()
            for i, command in enumerate(run.commands):
                note = self.path(f"measure.{i}")
                final = i == len(run.commands) - 1
                process = subprocess.Popen(
                    [self.bin("measure"), note] + command, stdin=source,
                    stdout=last if final else subprocess.PIPE,
                    stderr=errors, env=env)
                if source is not first:
                    source.close()
                source = process.stdout
                processes.append(process)
                notes.append(note)
            sampler = Sampler(processes) if run.sampled else None
            try:
                for process in processes:
                    process.wait(DEADLINE)
            except subprocess.TimeoutExpired as late:
                for process in processes:
                    process.terminate()  # measure.c hands it on
                raise Failed(f"over {DEADLINE} s: {late.cmd}") from late
            finally:
                if sampler:
                    sampler.stop()
            wall = time.monotonic() - start
        each = []
        for process, note, command in zip(processes, notes, run.commands):
            if process.returncode not in (0,) + tuple(may_fail):
                errors.seek(0)
                text = errors.read().decode(errors="replace")[-2000:]
                raise Failed(f"{' '.join(command)[:300]}: exit "
                             f"{process.returncode}\n{text}")
            with open(note, encoding="ascii") as f:
                figures = json.load(f)
            figures["command"] = os.path.basename(command[0])
            each.append(figures)
        errors.close()
        return Figures(cpu=sum(f["user"] + f["sys"] for f in each),
                       wall=wall, rss=max(sum(f["rss_kb"] for f in each),
                                          sampler.most if sampler else 0),
                       each=each)


class Server:
    """A server of ours while it runs; address is its first line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise Failed(f"{command[0]}: it did not start")
        self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.process.terminate()
        self.said = self.process.communicate(timeout=60)[0]


@dataclasses.dataclass
class Contender:
    """name as in the table; make() gives a fresh Run; after(run), if any,
    cleans up; work: what the figures are divided by, in the race's unit."""
    name: str
    make: object
    work: float
    after: object = None
    exactness: str = ""


def measure(bench, contenders, repeats):
    """Run all contenders in turn, so many times: name -> Figures of each
    run."""
    runs = {c.name: [] for c in contenders}
    for _ in range(repeats):
        for c in contenders:
            run = c.make()
            runs[c.name].append(bench.run(run))
            if c.after:
                c.after(run)
    return runs


def medians(contender, runs):
    """Medians of one contender's runs as a dict, CPU also per unit."""
    cpu = [r.cpu for r in runs]
    return {
        "name": contender.name,
        "output": contender.exactness,
        "work": contender.work,
        "runs": len(runs),
        "cpu_s": statistics.median(cpu),
        "cpu_min_s": min(cpu),
        "cpu_max_s": max(cpu),
        "cpu_per_unit": statistics.median(cpu) / contender.work,
        "wall_s": statistics.median(r.wall for r in runs),
        "wall_per_unit":
            statistics.median(r.wall for r in runs) / contender.work,
        "rss_kb": int(statistics.median(r.rss for r in runs)),
    }


def race(bench, name, title, unit, contenders, note="", repeats=None):
    """Race and return the table as a dict; the first contender is ours."""
    runs = measure(bench, contenders, repeats or bench.repeats)
    rows = [medians(c, runs[c.name]) for c in contenders]
    for row in rows[1:]:
        row["cpu_ratio"] = row["cpu_per_unit"] / rows[0]["cpu_per_unit"]
        row["wall_ratio"] = row["wall_per_unit"] / rows[0]["wall_per_unit"]
        row["rss_ratio"] = row["rss_kb"] / rows[0]["rss_kb"]
    return {"name": name, "title": title, "unit": unit, "note": note,
            "rows": rows}

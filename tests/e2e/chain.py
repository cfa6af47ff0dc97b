# SPDX-License-Identifier: Apache-2.0
"""The whole chain, for the tests of pipeline.sh."""

import json
import os
import pathlib
import signal
import time


class Chain:
    """pipeline.sh between one API, one staged run and one target."""

    def __init__(self, tools, url, stage, target, mapping, env=None,
                 fetch=()):
        self.tools = tools
        self.url = url
        self.stage = stage
        self.target = target
        self.mapping = mapping
        self.env = env or {}
        self.fetch = list(fetch)

    def args(self, *extra):
        args = ["--from", self.url, "--stage", self.stage, "-m",
                self.mapping, "--to", self.target, *extra]
        return args + (["--", *self.fetch] if self.fetch else [])

    def create(self):
        return self.tools.run("nf-load", "create", "-m", self.mapping,
                              self.target, check=0, env=self.env)

    def start(self, *extra):
        return self.tools.start("pipeline.sh", *self.args(*extra),
                                env=self.env)

    def run(self, *extra, check=None):
        """Run to the end; the answer's .summary is the last line."""
        done = self.tools.run("pipeline.sh", *self.args(*extra),
                              env=self.env)
        lines = done.stdout.splitlines()
        assert lines, done.stderr
        done.summary = json.loads(lines[-1])
        assert done.summary["exit"] == done.returncode
        if check is not None:
            assert done.returncode == check, done.stderr + done.stdout
        return done

    def finish(self, tries=3):
        """Run until it says 0, as an operator would; at most tries times."""
        for _ in range(tries):
            done = self.run()
            if done.returncode == 0:
                return done
            assert done.returncode == 75, done.stderr + done.stdout
        raise AssertionError(f"not complete after {tries} tries: "
                             + done.stderr)

    def marked(self):
        return self.tools.run("nf-stage", "mark", self.stage, check=0,
                              env=self.env).stdout.strip()

    def records(self):
        """The committed records, as text."""
        done = self.tools.run("nf-stage", "cat", "--no-seal", self.stage,
                              check=0, env=self.env)
        return done.stdout.splitlines()

    def table(self, *tables):
        """All of the tables, every version, as scan prints them."""
        return "".join(
            self.tools.run("nf-load", "scan", "-t", table, self.target,
                           check=0, env=self.env).stdout
            for table in tables)

    def clean_load(self, *tables):
        """What a table made from the committed run alone would hold."""
        fresh = f"sqlite:{self.tools.folder}/clean-{time.monotonic_ns()}.db"
        self.tools.run("nf-load", "create", "-m", self.mapping, fresh,
                       check=0)
        self.tools.sh(
            f"set -o pipefail; nf-stage cat '{self.stage}' |"
            f" nf-transform -m '{self.mapping}' | nf-load '{fresh}'",
            check=0, env=self.env)
        return "".join(
            self.tools.run("nf-load", "scan", "-t", table, fresh,
                           check=0).stdout for table in tables)


def children(pid):
    """The processes below pid as {name: pid}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        parent = int(text[text.rindex(")") + 2:].split()[1])
        found[int(entry.name)] = (parent, name)

    def below(p):
        while p in found and p != pid:
            p = found[p][0]
        return p == pid

    return {name: p for p, (parent, name) in found.items()
            if p != pid and below(p)}


def kill_child(process, name, timeout=30):
    """kill -9 the tool called name below process, once it is there."""
    deadline = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < deadline:
        pid = children(process.pid).get(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            return True
        time.sleep(0.001)
    return False

# SPDX-License-Identifier: Apache-2.0
"""Every allocation and every call on a file fails once, or from then on.

tests/faults/shim.c makes them fail.  Whatever fails: no crash, no hang, no
line cut in two, no exit 0 that is not true, and the same command again, without
the fault, ends as if nothing had happened.
"""

import collections
import json
import re
import signal

import pytest

from conftest import FULL, SAMPLE, WIDE

SHARE = 4000 if FULL else 40  # points tried of each sweep
ENOSPC, EIO, EINTR = 28, 5, 4
# libcrypto 3.0 crashes if there is no memory when it first starts, gRPC aborts
# whenever there is none: before anything was written.
DEATHS = {"nf-stage": (-signal.SIGSEGV,), "nf-load": (-signal.SIGABRT,)}
CODES = {64, 65, 69, 70, 74, 75, 77, 78, 141}


class Job:
    """One small run of a tool: what it reads, and what it must leave."""

    def __init__(self, name, tools, api, sample):
        self.name = name
        self.tools = tools
        self.text = "".join(line + "\n" for line in sample)
        self.fresh = 0
        self.url = api(sample).url
        self.input = tools.folder / "in"
        self.input.write_text(self.text)
        self.mutations = tools.folder / "mutations"
        self.mutations.write_text(tools.run(
            "nf-transform", "--ts", "1000", "-m", WIDE, check=0,
            input=self.text).stdout)
        self.run = self.target = None
        self.expected = None

    def prepare(self):
        """A new place to write to, so that each point starts alike."""
        self.fresh += 1
        self.run = f"file://{self.tools.folder}/run-{self.fresh}"
        self.target = f"sqlite:{self.tools.folder}/t-{self.fresh}.db"
        if self.name == "nf-load":
            self.tools.run("nf-load", "create", "-m", WIDE, self.target,
                           check=0)

    def command(self):
        return {
            "nf-fetch": ["nf-fetch", self.url],
            "nf-stage": ["nf-stage", "put", self.run],
            "nf-transform": ["nf-transform", "--ts", "1000", "-m", WIDE],
            "nf-load": ["nf-load", "apply", self.target],
        }[self.name]

    def execute(self, **fault):
        source = self.mutations if self.name == "nf-load" else self.input
        with source.open() as f:
            return self.tools.run(*self.command(), stdin=f, timeout=60,
                                  env=fault)

    def result(self):
        """What the run left behind, to compare with a clean one."""
        if self.name == "nf-load":
            return self.tools.run("nf-load", "scan", "-t", "invoices",
                                  self.target, check=0).stdout
        if self.name == "nf-stage":
            return self.tools.run("nf-stage", "cat", "--no-seal", self.run,
                                  check=0).stdout
        return ""

    def committed(self):
        return (self.tools.folder / f"run-{self.fresh}" / "_nf" /
                "manifest.json").exists()


@pytest.fixture(params=["nf-fetch", "nf-stage", "nf-transform", "nf-load"])
def job(request, tools, api, sample):
    return Job(request.param, tools, api, sample)


def points(total, share):
    """At most share numbers from 1 to total, spread evenly."""
    step = max(1, total // share)
    return range(1, total + 1, step)


def counted(job, shim):
    """A clean run: how often each call is made, and what it leaves."""
    job.prepare()
    log = job.tools.folder / "calls"
    done = job.execute(LD_PRELOAD=shim, NF_FAULT_LOG=str(log))
    assert done.returncode == 0, done.stderr
    job.expected = (done.stdout, job.result())
    return {name: int(n) for name, n in
            (line.split() for line in log.read_text().splitlines())}


def judge(job, fault, done):
    """One faulty run: its code, its output, what it left."""
    where = f"{job.name} with {fault}: exit {done.returncode}\n{done.stderr}"
    assert "Sanitizer" not in done.stderr, where
    if done.returncode == 0:
        assert done.stdout == job.expected[0], where
        assert job.result() == job.expected[1], where
        return
    if done.returncode in DEATHS.get(job.name, ()) and "malloc" in fault:
        assert done.stdout == "" and not job.committed(), where
        return
    assert done.returncode in CODES, where
    assert re.search(r"\S", done.stderr), where
    # Whole lines, and only such as a clean run writes, from its start.
    if not done.stdout.endswith("\n"):
        assert done.stdout == "" or job.name != "nf-transform", where
    whole = done.stdout[:done.stdout.rfind("\n") + 1]
    assert job.expected[0].startswith(whole), where
    if job.name == "nf-stage" and job.committed():
        assert job.result() == job.expected[1], where


def recovers(job):
    """The same command again, without the fault."""
    done = job.execute()
    assert done.returncode == 0, done.stderr
    assert job.result() == job.expected[1]


def sweep(job, shim, call, suffix, total):
    ends = collections.Counter()
    for n in points(total, SHARE):
        fault = f"{call}={n}{suffix}"
        job.prepare()
        done = job.execute(LD_PRELOAD=shim, NF_FAULT=fault)
        judge(job, fault, done)
        recovers(job)
        ends[done.returncode] += 1
    print(f"{job.name}: {call}{suffix}: {ends.total()} of {total} calls "
          f"failed; exits {dict(ends)}")


@pytest.mark.parametrize("suffix", ["", "+"], ids=["once", "forever"])
def test_memory(job, shim, suffix):
    total = counted(job, shim)["malloc"]
    assert total > 10
    sweep(job, shim, "malloc", suffix, total)


@pytest.mark.parametrize("call,code", [
    ("read", EIO), ("write", ENOSPC), ("write", EIO), ("fsync", EIO),
    ("close", EIO)])
def test_files(job, shim, call, code):
    total = counted(job, shim)[call]
    for suffix in (f":{code}", f"+:{code}"):
        sweep(job, shim, call, suffix, total)


def test_one_byte_at_a_time_and_interrupted(job, shim):
    counted(job, shim)
    job.prepare()
    fault = f"short,read=1+:{EINTR},write=1+:{EINTR}"
    done = job.execute(LD_PRELOAD=shim, NF_FAULT=fault)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, job.result()) == job.expected


def test_the_shim_can_fail(shim, tools):
    done = tools.run("nf-transform", "--ts", "1", "-m", WIDE,
                     input=SAMPLE.read_text(),
                     env={"LD_PRELOAD": shim, "NF_FAULT": f"write=1:{EIO}"})
    assert done.returncode != 0


def test_summary_of_a_failure_is_json(shim, tools, sample):
    """A failed run still tells its summary, as one line of JSON."""
    done = tools.run("nf-transform", "--log-format", "json", "--ts", "1",
                     "-m", WIDE, input="\n".join(sample),
                     env={"LD_PRELOAD": shim, "NF_FAULT": f"write=1:{EIO}"})
    last = json.loads(done.stderr.splitlines()[-1])
    assert last["event"] == "summary" and last["summary"]["exit"] != 0

# SPDX-License-Identifier: Apache-2.0
"""Every allocation, and every call on a file, fails once or from then on.

tests/faults/shim.c makes them fail.  Whatever fails: no crash, no hang, no
line cut in two, no exit 0 that is not true, and the same command again, without
the fault, ends as if nothing had happened.
"""

import collections
import json
import os
import re
import signal

import pytest

from conftest import FULL, ROOT, SAMPLE, WIDE, Bigtable
from storage import Storage

# Points tried of each sweep.
SHARE = int(os.environ.get("NF_FAULT_POINTS", 10 ** 6 if FULL else 24))
ENOSPC, EIO, EINTR = 28, 5, 4
MAPPINGS = ROOT / "mappings"
# libcrypto 3.0 crashes if there is no memory when it first starts, gRPC aborts
# whenever memory runs out (its address_sorting_init crashes), jansson 2.14 frees
# a key twice if no memory is left for its value, or asserts that a text is as long
# as it was, and glibc 2.36's regcomp frees a part of a pattern twice: before
# anything was committed, or when all was.
DEATHS = {"nf-stage": (-signal.SIGSEGV,), "nf-load": (-signal.SIGABRT,),
          "nf-fetch": (-signal.SIGABRT,),
          "nf-fetch --seal": (-signal.SIGABRT, -signal.SIGSEGV),
          "nf-stage put cloud": (-signal.SIGSEGV, -signal.SIGABRT),
          "nf-load apply cloud": (-signal.SIGABRT, -signal.SIGSEGV),
          "nf-load scan cloud": (-signal.SIGABRT, -signal.SIGSEGV),
          "nf-transform": (-signal.SIGABRT,)}
NFE = MAPPINGS / "nfe-4.00.json"
NFE_SAMPLE = MAPPINGS / "samples" / "nfe-4.00.ndjson"
# Keys written with escapes, and patterns: what compares and what decides must
# not take lack of memory for an answer.
ESCAPES = {"nf_mapping": 1, "tables": {"t": {"families": {"f": {}}}},
           "unmatched": "skip", "rules": [{
               "table": "t", "when": {"from": "/id", "pattern":
                                      "[0-9]{1,9}(-[a-z]+)?"},
               "key": "{/id}", "cells": {"f": {
                   "id": "/id", "total": {"from": "/total", "pattern":
                                          "[0-9]+[.][0-9]{2}"}}}}]}
ESCAPED = """{"id":"1","tot\\u0061l":"9.00","\\u00e7\\u00e3o":1,"\\u00e7o":1}
{"\\u0069d":"2-abc","t\\u006ftal":"18.00"}
"""
SOURCE = {
    "records": "", "paginate": {"type": "page", "param": "page", "start": 1,
                                "size_param": "per_page", "size": 2},
    "query": {"since": "{day}"}, "vars": {"day": "2026-01-31"},
    "rate": ["1000/s"], "headers": {"X-Trace": "{env.NF_TOKEN}"},
    "auth": {"type": "bearer", "token": "env:NF_TOKEN"}, "unique": "/NFeID",
}
CODES = {64, 65, 69, 70, 74, 75, 77, 78, 141}


class Job:
    """One small run of a tool: what it reads, and what it must leave."""

    env = {}

    def __init__(self, name, tools, api, sample):
        self.name = name
        self.tool = name.split()[0]
        self.tools = tools
        self.fresh = 0
        self.run = self.target = None
        self.expected = None
        self.url = api(sample).url
        text = "".join(line + "\n" for line in sample)
        self.input = tools.folder / "in"
        self.input.write_text(text)
        self.mutations = tools.folder / "mutations"
        self.mutations.write_text(tools.run(
            "nf-transform", "--ts", "1000", "-m", WIDE, check=0,
            input=text).stdout)
        self.escapes = tools.folder / "escapes.json"
        self.escapes.write_text(json.dumps(ESCAPES))
        self.escaped = tools.folder / "escaped"
        self.escaped.write_text(ESCAPED)
        self.source = tools.folder / "source.json"
        self.source.write_text(json.dumps(dict(SOURCE, url=self.url)))
        self.staged, self.ready = self.place("ready")
        self.helped("nf-load", "create", "-m", WIDE, self.ready)
        self.helped("nf-load", "apply", self.ready,
                    input=self.mutations.read_text())
        self.helped("nf-stage", "put", "--unsealed", "--emit=none",
                    "--part-records=1", self.staged, input=text)

    def helped(self, *args, **how):
        """A run that nothing disturbs; what it wrote."""
        return self.tools.run(*args, check=0, env=self.env, **how).stdout

    def place(self, name):
        """A staged run and a database."""
        return (f"file://{self.tools.folder}/{name}",
                f"sqlite:{self.tools.folder}/{name}.db")

    def prepare(self):
        """A new place to write to, so that each point starts alike."""
        self.fresh += 1
        self.run, self.target = self.place(f"run-{self.fresh}")
        if self.name.startswith("nf-load apply"):
            self.helped("nf-load", "create", "-m", WIDE, self.target)

    def command(self):
        words = self.name.split()
        verb = [w for w in words if w not in ("source", "nfe", "escapes",
                                              "cloud")]
        more = {
            "nf-fetch": [self.url],
            "nf-fetch source": ["-s", self.source],
            "nf-fetch --seal": [
                "--at", "1000", "--set", "/stable=true", "-p", "page",
                "--set", "/paginate/size_param=per_page", "--set", "/paginate/size=2",
                "--max-records", "3", "--query", "uf=SP", self.url],
            "nf-stage put": [self.run],
            "nf-stage cat": [self.staged],
            "nf-stage ls": [f"file://{self.tools.folder}"],
            "nf-stage verify": [self.staged],
            "nf-transform": ["--ts", "1000", "-m", WIDE],
            "nf-transform nfe": ["--ts", "1000", "-m", NFE],
            "nf-transform escapes": ["--ts", "1000", "-m", self.escapes],
            "nf-transform --infer": [],
            "nf-load apply": [self.target],
            "nf-load create": ["-m", WIDE, self.target],
            "nf-load scan": ["-t", "invoices", self.ready],
            "nf-load diff": ["--scope", "", "-t", "invoices", self.ready],
        }[" ".join(w for w in words if w != "cloud")]
        return [*verb, *more]

    def execute(self, **fault):
        source = NFE_SAMPLE if self.name == "nf-transform nfe" else \
            self.escaped if self.name == "nf-transform escapes" else \
            self.mutations if self.tool == "nf-load" else self.input
        with source.open() as f:
            return self.tools.run(*self.command(), stdin=f, timeout=60,
                                  env={"NF_TOKEN": "secret", **self.env,
                                       **fault})

    def result(self):
        """What the run left behind, to compare with a clean one."""
        if self.name.startswith(("nf-load apply", "nf-load create")):
            return self.helped("nf-load", "scan", "-t", "invoices",
                               self.target)
        if self.name.startswith("nf-stage put"):
            return self.helped("nf-stage", "cat", "--no-seal", self.run)
        return ""

    def committed(self):
        return (self.tools.folder / f"run-{self.fresh}" / "_nf" /
                "manifest.json").exists()


class CloudJob(Job):
    """The same over HTTP, with our double of Cloud Storage, and over gRPC,
    with Google's emulator of Bigtable."""

    def __init__(self, name, tools, api, sample, storage, bigtable):
        self.storage = storage
        self.project = bigtable.project
        self.env = {**storage.env, **bigtable.env}
        super().__init__(name, tools, api, sample)

    def place(self, name):
        return (f"gs://bucket/{name}", f"bigtable://{self.project}/{name}")

    def committed(self):
        return f"run-{self.fresh}/_nf/manifest.json" in self.storage.names()


@pytest.fixture(params=[
    "nf-fetch", "nf-fetch source", "nf-fetch --seal", "nf-stage put",
    "nf-stage cat", "nf-stage ls", "nf-stage verify", "nf-transform",
    "nf-transform nfe", "nf-transform escapes", "nf-transform --infer",
    "nf-load apply", "nf-load create", "nf-load scan", "nf-load diff"])
def job(request, tools, api, sample):
    return Job(request.param, tools, api, sample)


@pytest.fixture(params=["nf-stage put cloud", "nf-stage cat cloud",
                        "nf-load apply cloud", "nf-load scan cloud"])
def cloud_job(request, tools, api, sample, bigtable_server):
    with Storage() as storage:
        yield CloudJob(request.param, tools, api, sample, storage,
                       Bigtable(bigtable_server))


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
    deaths = DEATHS.get(job.name, DEATHS.get(job.tool, ()))
    if done.returncode in deaths and "malloc" in fault:
        assert done.stdout in ("", job.expected[0]), where
        assert not job.committed() or job.result() == job.expected[1], where
        return
    assert done.returncode in CODES, where
    # A false difference would be an answer.
    assert (job.name, done.returncode) != ("nf-load diff", 65), where
    assert re.search(r"\S", done.stderr), where
    # Whole lines, and only such as a clean run writes, from its start.
    if not done.stdout.endswith("\n"):
        assert done.stdout == "" or job.tool != "nf-transform", where
    whole = done.stdout[:done.stdout.rfind("\n") + 1]
    assert job.expected[0].startswith(whole), where
    if job.name.startswith("nf-stage put") and job.committed():
        assert job.result() == job.expected[1], where


def recovers(job):
    """The same command again, without the fault; most leave nothing behind
    that it could meet."""
    if not job.name.startswith(("nf-stage put", "nf-load apply",
                                "nf-load create")):
        return
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


@pytest.mark.parametrize("suffix", ["", "+"], ids=["once", "forever"])
def test_memory_in_the_cloud(cloud_job, shim, suffix):
    """How many allocations threads make differs from run to run: the last
    points may find nothing left to fail."""
    total = counted(cloud_job, shim)["malloc"]
    assert total > 1000
    sweep(cloud_job, shim, "malloc", suffix, total)


@pytest.mark.parametrize("cloud_job", ["nf-load scan cloud"], indirect=True)
@pytest.mark.parametrize("fault,code", [
    ("thread=1+", 75), ("thread=2+", 0), ("thread=4", 0)])
def test_threads(cloud_job, shim, fault, code):
    """Without the thread that connects the time must end it; without others
    of its own gRPC works, but never ends."""
    counted(cloud_job, shim)
    tool, verb, *more = cloud_job.command()
    done = cloud_job.tools.run(tool, verb, "--timeout", "5s", *more,
                               timeout=60, env={**cloud_job.env, "LD_PRELOAD":
                                                shim, "NF_FAULT": fault})
    assert done.returncode == code, done.stderr
    if code == 0:
        assert done.stdout == cloud_job.expected[0]


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

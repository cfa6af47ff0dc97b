# SPDX-License-Identifier: Apache-2.0
"""nf-stage and Cloud Storage: put, cat, and what reading ahead gains."""

import itertools
import os
import subprocess

from . import compare
from .race import Contender, Run, Server, race
from .races import module, transform_command

PEER = "google-cloud-storage, json + gzip 1"
WAIT = "0.02"  # seconds that a download waits
PARTS = 10


def double(bench, *options):
    return Server([bench.python, os.path.join(
        bench.root, "tests/bench/storage.py"), *options])


def put(bench, run_of, *options):
    return [bench.tool("nf-stage"), "put", "--unsealed", "--emit=none",
            *options, run_of]


def cat(bench, run_of):
    return [bench.tool("nf-stage"), "cat", "--no-seal", run_of]


def peer(bench, verb, name):
    return [bench.python, bench.peer("stage_google.py"), verb, name]


def same_bytes(bench, command, env, path, who):
    """COMMAND must write what is in PATH."""
    back = bench.path("back")
    bench.run(Run([command], stdout=back, env=env))
    if subprocess.run(["cmp", "-s", back, path]).returncode != 0:
        raise compare.Different(f"{who}: not what was put")


def contenders(bench, path, env, megabytes):
    """(of put, of cat), after both read back what was put."""
    puts, cats = [], []
    number = itertools.count()
    programs = {"nf-stage": (
        lambda: put(bench, f"gs://bucket/run-{next(number)}"),
        put(bench, "gs://bucket/run"), cat(bench, "gs://bucket/run"))}
    if module(bench, "google.cloud.storage"):
        programs[PEER] = (
            lambda: peer(bench, "put", f"peer-{next(number)}"),
            peer(bench, "put", "peer"), peer(bench, "cat", "peer"))
    for name, (fresh, once, back) in programs.items():
        bench.run(Run([once], stdin=path, env=env))
        same_bytes(bench, back, env, path, name)
        puts.append(Contender(
            name, lambda f=fresh: Run([f()], stdin=path, env=env),
            megabytes, exactness=compare.EXACT))
        cats.append(Contender(
            name, lambda b=back: Run([b], env=env), megabytes,
            exactness=compare.EXACT))
    return puts, cats


def google(bench, count, verb):
    path = bench.data("small", count)
    megabytes = os.path.getsize(path) / 1e6
    with double(bench) as server:
        env = {"STORAGE_EMULATOR_HOST": server.address}
        puts, cats = contenders(bench, path, env, megabytes)
        return race(
            bench, f"stage-{verb}-gs", f"nf-stage {verb} with gs://", "MB",
            {"put": puts, "cat": cats}[verb],
            f"{count} small invoices, {megabytes:.1f} MB, gzip level 1, a "
            "double of Cloud Storage on this machine that checks offsets "
            "and CRC32C; start-up counts")


def ahead(bench, count):
    """Download and use overlap: the pipe against its halves."""
    path = bench.data("small", count)
    megabytes = os.path.getsize(path) / 1e6
    run_of = "gs://bucket/run"
    with double(bench, WAIT) as server:
        env = {"STORAGE_EMULATOR_HOST": server.address}
        bench.run(Run([put(bench, run_of, "--part-records",
                           str(count // PARTS))], stdin=path, env=env))
        same_bytes(bench, cat(bench, run_of), env, path, "nf-stage cat")
        use = transform_command(bench, "small.json")
        return race(bench, "stage-ahead", "nf-stage cat reads ahead", "MB", [
            Contender("nf-stage cat | nf-transform", lambda: Run(
                [cat(bench, run_of), use], env=env), megabytes),
            Contender("nf-stage cat alone", lambda: Run(
                [cat(bench, run_of)], env=env), megabytes),
            Contender("nf-transform alone", lambda: Run(
                [use], stdin=path), megabytes)],
            f"{PARTS} parts, each {1000 * float(WAIT):.0f} ms late; wall "
            "time counts here: one after the other the pipe would take the "
            "sum of its halves")

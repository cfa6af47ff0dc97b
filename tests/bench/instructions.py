#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions a record: a guard of the speed that noise cannot move.

    tests/bench/instructions.py [--write]

Valgrind counts the instructions of each tool on N and on 3 N records; the
difference is what 2 N records cost, without the start.  The counts are
compared with instructions.json beside this file: more than 10 % above it
is a regression.  --write makes a new baseline: do so with the change that
explains it.  Counts depend on the compiler, which the baseline names.  The
double of Bigtable needs the Python of the tests (build-tests/venv).
"""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build")).resolve()
BASELINE = HERE / "instructions.json"
TOLERANCE = 1.10
N = 500
TS = "1795456800000000"

sys.path[:0] = [str(HERE), str(ROOT / "tests" / "server")]

import data  # noqa: E402
import invoices  # noqa: E402


class Failed(Exception):
    """A tool did not run as it should."""


def compiler():
    """Which compiler made the tools, such as "x86_64 GCC 12"."""
    made = subprocess.run(["readelf", "-p", ".comment",
                           str(BUILD / "nf-transform")],
                          capture_output=True, text=True, check=True).stdout
    found = re.search(r"(GCC|clang)[^)]*\)? ?(?:version )?([0-9]+)\.", made)
    name = f"{found.group(1)} {found.group(2)}" if found else "unknown"
    return f"{platform.machine()} {name}"


def counted(command, stdin=b"", how=(), env=()):
    """Instructions that COMMAND executes, and what it says; HOW: options of
    callgrind."""
    made = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        + [*how] + [str(word) for word in command], input=stdin,
        capture_output=True,
        env=dict(os.environ, NF_LOG_FORMAT="text", **dict(env)))
    text = made.stderr.decode(errors="replace")
    found = re.search(r"Collected : ([0-9]+)", text)
    if made.returncode != 0 or not found:
        raise Failed(f"{command[0]}: exit {made.returncode}\n{text[-2000:]}")
    return int(found.group(1)), text


def count(command, stdin=b""):
    return counted(command, stdin)[0]


def lines(kind, n):
    make, seed = data.MAKERS[kind]
    r = data.Random(seed)
    return "".join(make(r, i + 1) for i in range(n)).encode()


def transform(kind):
    def run(n, folder):
        return count([BUILD / "nf-transform", "-m",
                      HERE / "mappings" / f"{kind}.json", "--ts", TS],
                     lines(kind, n))
    return run


def shipped(name, records):
    """With a mapping that people have."""
    def run(n, folder):
        return count([BUILD / "nf-transform", "-m",
                      ROOT / "mappings" / f"{name}.json", "--ts", TS],
                     records(n))
    return run


def sample_invoices(n):
    sample = ROOT / "mappings/samples/nfe-4.00.ndjson"
    texts = sample.read_bytes().splitlines(keepends=True)
    return b"".join(texts[i % len(texts)] for i in range(n))


def put(n, folder):
    return count([BUILD / "nf-stage", "put", "--unsealed", "--emit=none",
                  f"file://{folder}/run"], lines("small", n))


def cat(n, folder):
    run = f"file://{folder}/run"
    subprocess.run([BUILD / "nf-stage", "put", "--unsealed", "--emit=none",
                    run], input=lines("small", n), capture_output=True,
                   check=True)
    return count([BUILD / "nf-stage", "cat", run])


def load(n, folder):
    target = f"sqlite:{folder}/db"
    mapping = folder / "tables.json"
    mapping.write_text(json.dumps(
        {"tables": {"bench": {"families": {"nf": {}}}}}))
    subprocess.run([BUILD / "nf-load", "create", target, "-m", mapping],
                   capture_output=True, check=True)
    return count([BUILD / "nf-load", target], lines("mutations", n))


def load_bigtable(n, folder):
    """What makes requests of lines and outcomes of responses: what gRPC does
    depends on when the responses come.  None of these calls another, which
    would stop the count."""
    # Needs the Python packages of the tests, the rest does not.
    import bigtable_double
    parts = ("mutation_parse", "queue_table", "wire_mutations_size",
             "lines_add", "batch_request", "answer_note", "verdict_attempt")
    names = subprocess.run(["nm", BUILD / "nf-load"], capture_output=True,
                           text=True, check=True).stdout.split()
    missing = sorted(set(parts) - set(names))
    if missing:
        raise Failed(f"nf-load has no function {' '.join(missing)}")
    with bigtable_double.Double(bigtable_double.accept) as server:
        # On a busy machine gRPC gives up its first connections.
        for _ in range(10):
            made, said = counted(
                [BUILD / "nf-load", "bigtable://p/i"], lines("mutations", n),
                [f"--toggle-collect={name}" for name in parts],
                {"BIGTABLE_EMULATOR_HOST": server.endpoint})
            if "retried" not in said:
                return made
    raise Failed("nf-load: retries in each of ten runs")


def fetch(n, folder):
    """Pages that were recorded: nothing waits for a network."""
    records = lines("small", n).decode().splitlines()
    tapes = folder / "tapes"
    with invoices.Api(records) as api:
        command = [BUILD / "nf-fetch", "--prefetch", "1", api.url]
        subprocess.run(command[:1] + ["--record", tapes] + command[1:],
                       capture_output=True, check=True)
        return count(command[:1] + ["--replay", tapes] + command[1:])


WORK = {
    "nf-fetch, small": fetch,
    "nf-stage put, small": put,
    "nf-stage cat, small": cat,
    "nf-transform, small": transform("small"),
    "nf-transform, full": transform("full"),
    **{f"nf-transform, {name}": shipped(name, lambda n: lines("small", n))
       for name in ("nf-flat", "nf-wide", "nf-relational")},
    "nf-transform, nfe-4.00": shipped("nfe-4.00", sample_invoices),
    "nf-load into SQLite": load,
    "nf-load into Bigtable": load_bigtable,
}


def measure(name):
    """Instructions a record of WORK[name]."""
    with tempfile.TemporaryDirectory() as folder:
        counts = []
        for n in (N, 3 * N):
            part = pathlib.Path(folder) / str(n)
            part.mkdir()
            counts.append(WORK[name](n, part))
    return (counts[1] - counts[0]) / (2 * N)


def regression(name, now, baseline):
    """What is wrong with NOW instructions a record, or None."""
    if now <= baseline * TOLERANCE:
        return None
    return (f"{name}: {now:.0f} instructions a record, "
            f"{100 * (now / baseline - 1):.1f} % more than {baseline:.0f}")


def main():
    found = {name: round(measure(name)) for name in WORK}
    if sys.argv[1:] == ["--write"]:
        BASELINE.write_text(json.dumps(
            {"compiler": compiler(), "instructions": found}, indent=4) + "\n")
        return
    known = json.loads(BASELINE.read_text())
    if known["compiler"] != compiler():
        print(f"the baseline is of {known['compiler']}, "
              f"this is {compiler()}")
    for name, now in found.items():
        was = known["instructions"][name]
        print(f"{name}: {now} a record, baseline {was}, "
              f"{100 * (now / was - 1):+.1f} %")


if __name__ == "__main__":
    main()
